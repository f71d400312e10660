#!/bin/sh
# From the source package to the lab kernel; runs in the build tree, which is its root directory.
# Every step does only what an interrupted run before it has not done.
#
#   compile.sh JOBS      leaves /build/objects/linux
set -eu
jobs=$1
source=/build/source
objects=/build/objects

# Nothing of this machine and of this moment goes into the kernel: same input, same bytes.
export KBUILD_BUILD_TIMESTAMP='2026-01-01 00:00:00 UTC' KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_USER=ipv6lab KBUILD_BUILD_HOST=lab

if [ ! -e /build/unpacked ]; then
    echo 'step: unpack'
    rm -rf "$source"
    mkdir -p "$source"
    # What User-Mode Linux never compiles is left out, which takes a third of the time.
    tar --extract --file /usr/src/linux-source-6.12.tar.xz --directory "$source" \
        --strip-components=1 --no-same-owner \
        --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' \
        --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]' \
        --exclude='*/drivers/staging/*.[ch]' --exclude='*/drivers/infiniband/*.[ch]' \
        --exclude='*/drivers/scsi/*.[ch]' --exclude='*/drivers/usb/*.[ch]' \
        --exclude='*/drivers/accel/*.[ch]' --exclude='*/drivers/iio/*.[ch]' \
        --exclude='*/sound/*.[ch]' --exclude='*/Documentation/*/*' \
        --exclude='*/tools/testing/*' --exclude='*/tools/perf/*' \
        --exclude='*/arch/[abcdfghilmnopqrstvw]*/*.dts*' --exclude='*/arch/arm*/*.[chS]' \
        --exclude='*/arch/[chlmnoprs]*/*.[chS]'
    # It gives back a process' registers in a buffer of 2,696 octets, and a machine whose processor
    # has AMX takes none that is smaller than all that it has, some 11,000: no process would run.
    registers=$source/arch/x86/um/user-offsets.c
    sed -i 's/HOST_FP_SIZE, 2696)/HOST_FP_SIZE, 12288)/' "$registers"
    grep -q 'HOST_FP_SIZE, 12288)' "$registers" || {
        echo "E: $registers has no size of registers to mend"
        exit 1
    }
    touch /build/unpacked
fi

echo 'step: configure'
mkdir -p "$objects"
make --no-print-directory -C "$source" O="$objects" ARCH=um \
    KCONFIG_ALLCONFIG=/build/lab.config allnoconfig >/build/configure.log 2>&1 || {
    cat /build/configure.log
    exit 1
}
# The kernel's own rules drop what they do not know or what misses something: no surprise later.
if dropped=$(grep '^CONFIG' /build/lab.config | grep -vxFf "$objects/.config"); then
    echo 'E: the kernel does not take these lines of lab.config:' $dropped
    exit 1
fi

echo 'step: compile'
exec make --no-print-directory -C "$source" O="$objects" ARCH=um -j"$jobs" linux
