
# What is typed in this shell is recorded, so that it can be handed in and replayed: descriptor 60
# leads to the lab, which is told of a command before it runs and of its status when it has ended.
[ -n "$LAB_RECORDER" ] && exec 60<&"$LAB_RECORDER" && exec {LAB_RECORDER}<&-
unset LAB_RECORDER
if [ -e /proc/$$/fd/60 ]; then
    __lab_before() {
        printf 'c\0%s\0%s\0%s\0' $$ "$PWD" "$(HISTTIMEFORMAT= builtin history 1)" >&60
        IFS= read -r -d '' -t 10 -u 60
    }
    __lab_after() {
        local status=$?
        printf 'p\0%s\0%s\0\0' $$ $status >&60
        return $status
    }
    # vtysh is a shell of its own: what is typed there is told when it ends.
    vtysh() {
        if [ $# -gt 0 ] || [ ! -t 0 ]; then
            command vtysh "$@"
            return
        fi
        local home status
        home=$(mktemp -d /tmp/vtysh.XXXXXX)
        HOME=$home command vtysh
        status=$?
        printf 't\0%s\0%s\0\0' $$ "$(cat "$home/.history_frr" 2>/dev/null)" >&60
        rm -r "$home"
        return $status
    }
    HISTCONTROL= HISTIGNORE=
    PS0='$(__lab_before)'
    PROMPT_COMMAND=__lab_after
elif [ -e /run/recorded ] && [ -t 2 ]; then
    echo 'What is typed in this second shell is not recorded; leave it with exit.' >&2
fi
