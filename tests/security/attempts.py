"""What is tried from inside a node, as its root: each a program that says how it went.

`ATTEMPTS` is the table of docs/security.md: a name, and a Python program that runs after
`PRELUDE` and ends by calling ``held`` or ``open``.
"""

from __future__ import annotations

PRELUDE = r"""
import ctypes, errno, fcntl, glob, mmap, os, re, resource, signal, socket, struct, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)

def held(why=""):
    print("held", why)
    sys.exit()

def opened(why=""):
    print("open", why)
    sys.exit()

def is_held(holds, why=""):
    (held if holds else opened)(why)

def call(number, *words):
    # A system call; the errno's name, or None where it succeeded.
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in words]
    if libc.syscall(ctypes.c_long(number), *words) >= 0:
        return None
    return errno.errorcode[ctypes.get_errno()]

def refused(number, *words):
    why = call(number, *words)
    is_held(why is not None, why)

def denied(do):
    # Called for what should raise OSError.
    try:
        got = do()
    except (OSError, ValueError) as error:
        held(error)
    opened(got)

def write(path, text):
    with open(path, "w") as file:
        file.write(text)

def run(*words):
    return subprocess.run(words, capture_output=True, text=True)

def fails(*words):
    done = run(*words)
    is_held(done.returncode != 0, done.stdout + done.stderr)
"""

NEWTIME, NEWNS, NEWCGROUP, NEWUTS = 0x80, 0x20000, 0x2000000, 0x4000000
NEWIPC, NEWUSER, NEWPID, NEWNET = 0x8000000, 0x10000000, 0x20000000, 0x40000000

IDS = {
    "root is an id of its own": """
own = [line.split() for line in open("/proc/self/uid_map")]
is_held(own[0][0] == "0" and own[0][1] != "0" and sum(int(one[2]) for one in own) <= 200, own)""",
    "become an id that the node has not": "denied(lambda: os.setresuid(70_000, 70_000, 70_000))",
    "join a group that the node has not": "denied(lambda: os.setgroups([70_000]))",
    "give a file to an id that the node has not": """
write("/root/mine", "")
denied(lambda: os.chown("/root/mine", 5_000, 5_000))""",
    "write a map of one's own": 'denied(lambda: write("/proc/self/uid_map", "0 0 1"))',
    "own the machine's programs": """
denied(lambda: os.chmod("/usr/bin/python3.13", 0o4755))""",
}

KEYS = {
    "read a user's keys (keyctl)": "refused(250, 0, -4, 0)",
    "join another session's keys (keyctl)": "refused(250, 1, None)",
    "add a key (add_key)": 'refused(248, b"user", b"mine", b"secret", 6, -3)',
    "ask for a key (request_key)": 'refused(249, b"user", b"mine", None, -3)',
    "see others' keys (/proc/keys)": """
if not os.path.exists("/proc/keys"):
    held("this kernel has no keys")
lines = open("/proc/keys").read().splitlines()
is_held(len(lines) <= 1 and all("_ses: empty" in line for line in lines), lines)""",
    "see who has keys (/proc/key-users)": """
if not os.path.exists("/proc/key-users"):
    held("this kernel has no keys")
lines = open("/proc/key-users").read().splitlines()
is_held(all(line.split(":")[0].strip() == "0" for line in lines), lines)""",
}

NAMESPACES = {
    f"a new {name} namespace (unshare)": f"refused(272, {flag})"
    for name, flag in {
        "user": NEWUSER,
        "network": NEWNET,
        "mount": NEWNS,
        "process": NEWPID,
        "IPC": NEWIPC,
        "host name": NEWUTS,
        "cgroup": NEWCGROUP,
        "time": NEWTIME,
    }.items()
} | {
    "a new user namespace (clone)": f"refused(56, {NEWUSER} | 17, None)",
    "a new user namespace (clone3)": 'refused(435, struct.pack("QQQQQQQQ", '
    + f"{NEWUSER}, 0, 0, 0, 17, 0, 0, 0), 64)",
    "into the namespaces of its init (setns)": """
denied(lambda: libc.setns(os.open("/proc/1/ns/net", os.O_RDONLY), 0))""",
    "raise the number of user namespaces": """
denied(lambda: write("/proc/sys/user/max_user_namespaces", "100"))""",
    "a link into another network namespace": """
sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
refusals = 0
for number in range(8):
    body = struct.pack("BxHiII", 0, 0, 0, 0, 0)
    body += attribute(3, b"escaped\\0") + attribute(46, struct.pack("i", number))
    body += attribute(18, attribute(1, b"bridge"))
    sock.send(struct.pack("IHHII", 16 + len(body), 16, 0x605, 1, 0) + body)
    refusals += struct.unpack_from("i", sock.recv(4096), 16)[0] < 0
is_held(refusals == 8, refusals)""",
}

CALLS = {
    "io_uring": "refused(425, 8, bytes(120))",
    "BPF programs (bpf)": "refused(321, 0, bytes(120), 120)",
    "page faults in one's hands (userfaultfd)": "refused(323, 0)",
    "the machine's performance counters (perf_event_open)": """
refused(298, struct.pack("II", 1, 112) + bytes(104), 0, -1, -1, 0)""",
    "the kernel's log (syslog)": "refused(103, 3, bytes(4096), 4096)",
    "sockets to the hypervisor (AF_VSOCK)": "denied(lambda: socket.socket(40, 1, 0))",
    "the kernel's ciphers (AF_ALG)": "denied(lambda: socket.socket(38, 5, 0))",
    "keys of IPsec (AF_KEY)": "denied(lambda: socket.socket(15, 3, 2))",
    "rings of frames (AF_XDP)": "denied(lambda: socket.socket(44, 3, 0))",
    "any other family of sockets": """
ours = {1, 2, 10, 16, 17}
got = []
for family in set(range(64)) - ours:
    for kind in (1, 2, 3, 5):
        try:
            socket.socket(family, kind, 0)
            got.append(family)
        except OSError:
            pass
is_held(not got, got)""",
    "system calls by 32-bit numbers": """
# mov eax, 0x29 (pipe is 42, dup 41); xor ebx, ebx; int 0x80; ret: of dup(0)
code = b"\\x53\\xb8\\x29\\0\\0\\0\\x31\\xdb\\xcd\\x80\\x5b\\xc3"
child = os.fork()
if child == 0:
    place = mmap.mmap(-1, 4096, prot=7)
    place.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(place))
    os._exit(0 if ctypes.CFUNCTYPE(ctypes.c_int)(address)() >= 0 else 1)
status = os.waitpid(child, 0)[1]
is_held(status != 0, status)""",
    "system calls by x32 numbers": "refused(0x40000000 | 39)",
    "a file by its handle (open_by_handle_at)": """
refused(304, -100, struct.pack("II", 8, 1) + bytes(8), 0)""",
}

INIT = {
    "set the limits of its init (prlimit)": """
denied(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0)))""",
    "set them by one of its threads": """
threads = [int(one) for one in os.listdir("/proc/1/task")]
for thread in threads:
    try:
        resource.prlimit(thread, resource.RLIMIT_NOFILE, (0, 0))
        opened(thread)
    except OSError:
        pass
held(threads)""",
    "trace its init (ptrace)": "refused(101, 16, 1, 0, 0)",
    "read its init's memory (process_vm_readv)": """
local = ctypes.create_string_buffer(8)
vector = struct.pack("PP", ctypes.addressof(local), 8)
refused(310, 1, vector, 1, struct.pack("PP", 0x400000, 8), 1, 0)""",
    "read its init's memory (/proc)": 'denied(lambda: open("/proc/1/mem", "rb").read(1))',
    "see its init's descriptors": 'denied(lambda: os.listdir("/proc/1/fd"))',
    "go to its init's root": 'denied(lambda: os.listdir("/proc/1/root/lower"))',
    "take a descriptor of its init (pidfd_getfd)": """
descriptor = os.pidfd_open(1)
refused(438, descriptor, 3, 0)""",
    "end its init": """
for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSTOP, signal.SIGSEGV):
    os.kill(1, number)
is_held(os.path.exists("/proc/1/status"))""",
}

MOUNTS = {
    "mount a file system": 'fails("mount", "-t", "tmpfs", "x", "/mnt")',
    "mount a directory elsewhere": 'fails("mount", "--bind", "/etc", "/mnt")',
    "make the kernel's settings writable again": 'fails("mount", "-o", "remount,rw", "/sys")',
    "take a mount away": 'fails("umount", "-l", "/proc")',
    "open a mount as a tree (open_tree)": 'refused(428, -100, b"/", 1)',
    "a file system without a mount (fsopen)": 'refused(430, b"tmpfs", 0)',
    "another root (pivot_root)": 'refused(155, b"/mnt", b"/mnt")',
    "out of a changed root": """
# The old way: a directory outside of the root that one has changed to.
outside = os.open("/", os.O_RDONLY)
os.makedirs("/root/cell", exist_ok=True)
os.chroot("/root/cell")
os.fchdir(outside)
for _ in range(64):
    os.chdir("..")
os.chroot(".")
is_held(not os.path.exists("/lower") and os.path.exists("/etc/hostname"))""",
    "a device of the machine's memory": "denied(lambda: os.mknod('/root/mem', 0o20666, 0x101))",
    "a device of the machine's disk": "denied(lambda: os.mknod('/root/disk', 0o60666, 0x800))",
    "a device that is there already": """
known = {"null", "zero", "full", "random", "urandom", "tty", "net", "pts", "shm", "ptmx", "fd",
         "stdin", "stdout", "stderr", "log", "console"}
is_held(set(os.listdir("/dev")) <= known, set(os.listdir("/dev")) - known)""",
    "files of the machine or of the agent": """
is_held(not any(os.path.exists(path) for path in ("/lower", "/nodes", "/run/agent")))""",
}

SETTINGS = {
    "settings that are one for the whole kernel": """
# Those of network, IPC, host name, user and process namespaces (pid_max from Linux 6.14 on).
own = re.compile(r"net/|kernel/(shm|msg|sem|hostname|domainname|ns_last_pid|auto_msgmni|pid_max)"
                 r"|fs/mqueue/|user/")
writable = []
for directory, _folders, files in os.walk("/proc/sys"):
    for name in files:
        path = os.path.join(directory, name)
        if not own.match(path.removeprefix("/proc/sys/")):
            try:
                os.close(os.open(path, os.O_WRONLY))
                writable.append(path)
            except OSError:
                pass
is_held(not writable, writable)""",
    "the most of threads": 'denied(lambda: write("/proc/sys/kernel/threads-max", "20"))',
    "who handles core dumps": 'denied(lambda: write("/proc/sys/kernel/core_pattern", "|/x"))',
    "the page cache": 'denied(lambda: write("/proc/sys/vm/drop_caches", "3"))',
    "the most of tracked connections": """
path = "/proc/sys/net/netfilter/nf_conntrack_max"
if not os.path.exists(path):
    held("this kernel tracks none")
before = open(path).read()
try:
    write(path, "1")
except OSError as error:
    held(error)
is_held(open(path).read() == before)""",
    "the size of the neighbour table": """
paths = glob.glob("/proc/sys/net/ipv6/neigh/default/gc_thresh3")
if not paths:
    held("it is not there to be set")
denied(lambda: write(paths[0], "1"))""",
    "the magic key (sysrq-trigger)": 'denied(lambda: write("/proc/sysrq-trigger", "b"))',
    "sysfs": 'denied(lambda: write("/sys/class/net/lo/ifalias", "mine"))',
    "control groups": 'is_held(not os.listdir("/sys/fs/cgroup"), os.listdir("/sys/fs/cgroup"))'
    + ' if os.path.isdir("/sys/fs/cgroup") else held("there are none")',
    "the kernel's memory (/proc/kcore)": 'denied(lambda: open("/proc/kcore", "rb").read(8))',
    "where the kernel's functions are": """
try:
    lines = open("/proc/kallsyms").readlines()
except OSError as error:
    held(error)
is_held(all(int(line.split()[0], 16) == 0 for line in lines[:1000]))""",
    "debugfs and tracefs": """
is_held(not os.path.isdir("/sys/kernel/debug") or not os.listdir("/sys/kernel/debug"))""",
}

RIGHTS = {
    "more capabilities than one machine's administrator needs": """
held_now = int(re.search(r"CapBnd:\\s+(\\w+)", open("/proc/self/status").read())[1], 16)
forbidden = [2, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 32, 33, 34, 35, 36, 37,
             38, 39, 40]
got = [one for one in forbidden if held_now >> one & 1]
is_held(not got, got)""",
    "capabilities by a file's": """
import shutil
shutil.copy("/bin/true", "/root/true")
done = run("setcap", "cap_sys_admin+ep", "/root/true")
if done.returncode:
    held(done.stderr)
denied(lambda: run("/root/true").returncode)""",
    "a new host name (sethostname)": "refused(170, b'mine', 4)",
    "the clock": "refused(227, 0, struct.pack('qq', 1, 0))",
    "restart the machine (reboot)": "refused(169, 0xfee1dead, 672274793, 0x1234567, None)",
    "a module of the kernel": "refused(313, 0, b'', 0)",
    "another kernel (kexec_load)": "refused(246, 0, 0, None, 0)",
    "swap": "refused(167, b'/root/swap', 0)",
    "accounts of processes (acct)": "refused(163, b'/root/accounts')",
    "real-time priority": "denied(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, "
    + "os.sched_param(50)))",
    "a higher priority (nice)": "denied(lambda: os.setpriority(os.PRIO_PROCESS, 0, -10))",
    "to be spared when memory ends": """
denied(lambda: write("/proc/self/oom_score_adj", "-1000"))""",
    "a higher limit of descriptors": """
_soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
denied(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard + 1, hard + 1)))""",
    "a larger queue than the machine allows (SO_RCVBUFFORCE)": """
sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
denied(lambda: sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 26))""",
    "the machine's audit": """
try:
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
    sock.send(struct.pack("IHHII", 16, 1001, 5, 1, 0))
    answer = struct.unpack_from("i", sock.recv(4096), 16)[0]
except OSError as error:
    held(error)
is_held(answer < 0, answer)""",
}

AMOUNTS = {
    "inotify instances": """
got = 0
try:
    while got < 1000:
        if libc.inotify_init() < 0:
            held(got) if got <= 32 else opened(got)
        got += 1
finally:
    pass
opened(got)""",
    "inotify watches": """
instance = libc.inotify_init()
got = 0
os.makedirs("/tmp/watched", exist_ok=True)
for number in range(6000):
    path = f"/tmp/watched/{number}"
    write(path, "")
    if libc.inotify_add_watch(instance, path.encode(), 2) < 0:
        is_held(got <= 4096, got)
    got += 1
opened(got)""",
    "fanotify groups": """
got = 0
while got < 200 and libc.fanotify_init(0x200, 0) >= 0:
    got += 1
is_held(got <= 4, got)""",
    "POSIX message queues": """
rt = ctypes.CDLL("libc.so.6", use_errno=True)
got = 0
attributes = struct.pack("llll", 0, 10, 8192, 0) + bytes(32)
while got < 2000 and rt.mq_open(b"/%d" % got, 0o102, 0o600, attributes) >= 0:
    got += 1
is_held(got < 300, got)""",
    "files in memory": """
total = 0
block = bytes(1 << 20)
for place in ("/var/fill", "/tmp/fill", "/run/fill", "/dev/shm/fill"):
    try:
        with open(place, "wb", buffering=0) as file:
            while total < 600:
                file.write(block)
                total += 1
    except OSError:
        pass
for place in ("/var/fill", "/tmp/fill", "/run/fill", "/dev/shm/fill"):
    os.unlink(place)
is_held(total <= 128, total)""",
    "files by number": """
got = 0
os.makedirs("/tmp/many", exist_ok=True)
try:
    while got < 30_000:
        write(f"/tmp/many/{got}", "")
        got += 1
except OSError as error:
    import shutil
    shutil.rmtree("/tmp/many")
    is_held(got <= 20_480, got)  # 20k, what the tree begins with included
opened(got)""",
    "links of its own": """
for number in range(40):
    run("ip", "link", "add", f"own{number}", "type", "veth", "peer", f"wno{number}")
import time
deadline = time.monotonic() + 5
got = range(80)
while len(got) > 16 and time.monotonic() < deadline:
    time.sleep(0.05)
    got = [name for name in os.listdir("/sys/class/net") if name.startswith(("own", "wno"))]
for name in got:
    run("ip", "link", "delete", name)
is_held(len(got) <= 16, len(got))""",
}

GROUPS = {
    "ids": IDS,
    "keys": KEYS,
    "namespaces": NAMESPACES,
    "system calls": CALLS,
    "its init": INIT,
    "mounts and devices": MOUNTS,
    "the kernel's settings": SETTINGS,
    "rights": RIGHTS,
    "amounts": AMOUNTS,
}
ATTEMPTS = {
    f"{group}: {name}": program for group, rows in GROUPS.items() for name, program in rows.items()
}
