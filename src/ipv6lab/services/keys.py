"""Which unit keys are understood, and which are left aside on purpose."""

from __future__ import annotations

from ipv6lab.services.unit_syntax import Settings


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


LIMITS = frozenset(
    "Limit" + name
    for name in (
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NOFILE", "AS", "NPROC", "MEMLOCK",
        "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
    )
)  # fmt: skip

UNDERSTOOD = {
    "Unit": _names("""
        Description Documentation Requires Requisite Wants BindsTo PartOf Conflicts Before After
        ReloadPropagatedFrom PropagatesReloadTo StartLimitInterval StartLimitIntervalSec
        StartLimitBurst
        ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory
        ConditionPathIsSymbolicLink ConditionPathIsMountPoint ConditionPathIsReadWrite
        ConditionDirectoryNotEmpty ConditionFileNotEmpty ConditionFileIsExecutable
        AssertPathExists AssertPathExistsGlob AssertPathIsDirectory AssertPathIsSymbolicLink
        AssertPathIsMountPoint AssertPathIsReadWrite AssertDirectoryNotEmpty AssertFileNotEmpty
        AssertFileIsExecutable
        """),
    "Service": LIMITS
    | _names("""
        Type ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecStop ExecStopPost
        PIDFile GuessMainPID NotifyAccess RemainAfterExit Environment EnvironmentFile
        PassEnvironment User Group SupplementaryGroups AmbientCapabilities
        RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectory
        StateDirectoryMode CacheDirectory CacheDirectoryMode LogsDirectory LogsDirectoryMode
        ConfigurationDirectory ConfigurationDirectoryMode WorkingDirectory UMask Nice
        IgnoreSIGPIPE KillMode KillSignal FinalKillSignal SendSIGHUP SendSIGKILL
        TimeoutSec TimeoutStartSec TimeoutStopSec Restart RestartSec StartLimitInterval
        StartLimitBurst SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus
        SyslogIdentifier SyslogLevelPrefix StandardOutput StandardError
        """),
    "Install": _names("WantedBy RequiredBy Alias Also DefaultInstance"),
}

# Sandboxing, resource control and scheduling: a node is fenced as a whole, and its services get
# no further fence of their own. Start-up conditions on hardware and kernel do not apply to a node.
LEFT_ASIDE = {
    "Unit": _names("""
        DefaultDependencies OnFailure OnSuccess OnFailureJobMode AllowIsolate IgnoreOnIsolate
        StopWhenUnneeded RefuseManualStart RefuseManualStop CollectMode RequiresMountsFor
        WantsMountsFor JoinsNamespaceOf SourcePath StartLimitAction FailureAction SuccessAction
        JobTimeoutSec Upholds ConditionVirtualization ConditionCapability ConditionACPower
        ConditionKernelCommandLine ConditionSecurity ConditionFirstBoot ConditionNeedsUpdate
        ConditionArchitecture ConditionHost ConditionUser ConditionGroup ConditionEnvironment
        ConditionKernelVersion ConditionControlGroupController ConditionMemory ConditionCPUs
        """),
    "Service": _names("""
        NoNewPrivileges CapabilityBoundingSet SecureBits RootDirectory RootImage
        ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths TemporaryFileSystem
        BindPaths BindReadOnlyPaths DevicePolicy DeviceAllow DynamicUser KeyringMode RemoveIPC
        MountFlags MountAPIVFS LockPersonality MemoryDenyWriteExecute RestrictNamespaces
        RestrictRealtime RestrictSUIDSGID RestrictAddressFamilies RestrictFileSystems
        SystemCallFilter SystemCallErrorNumber SystemCallArchitectures SystemCallLog Personality
        UtmpIdentifier UtmpMode PAMName TTYPath TTYReset TTYVHangup TTYVTDisallocate
        StandardInput StandardInputText SyslogFacility SyslogLevel LogLevelMax
        LogRateLimitIntervalSec LogRateLimitBurst LogNamespace LogExtraFields
        OOMScoreAdjust OOMPolicy CoredumpFilter CPUSchedulingPolicy CPUSchedulingPriority
        CPUSchedulingResetOnFork CPUAffinity NUMAPolicy NUMAMask IOSchedulingClass
        IOSchedulingPriority TimerSlackNSec Slice Delegate WatchdogSec WatchdogSignal
        RuntimeMaxSec TimeoutAbortSec TimeoutStartFailureMode TimeoutStopFailureMode RestartMode
        NonBlocking Sockets FileDescriptorStoreMax USBFunctionDescriptors BusName
        RestartKillSignal RootDirectoryStartOnly PermissionsStartOnly SetCredential LoadCredential
        LoadCredentialEncrypted UnsetEnvironment ExitType TimeoutCleanSec
        """),
    "Install": frozenset(),
}
LEFT_ASIDE_PREFIXES = (
    "Protect", "Private", "CPU", "Memory", "Tasks", "IO", "BlockIO", "IPAddress", "IPIngress",
    "IPEgress", "Proc", "Startup", "AllowedCPUs", "ManagedOOM",
)  # fmt: skip


def unknown(settings: Settings) -> list[str]:
    """Warnings, in systemd's words, about keys that no list above names."""
    warnings = []
    for entry in settings.entries:
        if entry.section.startswith("X-") or entry.key.startswith("X-"):
            continue
        if entry.section not in UNDERSTOOD:
            warnings.append(
                f"{entry.path}:{entry.line}: Unknown section '{entry.section}'. Ignoring."
            )
        elif (
            entry.key not in UNDERSTOOD[entry.section]
            and entry.key not in LEFT_ASIDE[entry.section]
            and not (entry.section == "Service" and entry.key.startswith(LEFT_ASIDE_PREFIXES))
        ):
            warnings.append(
                f"{entry.path}:{entry.line}: Unknown key name '{entry.key}' in section "
                f"'{entry.section}', ignoring."
            )
    return warnings
