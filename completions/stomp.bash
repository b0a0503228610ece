# Completion of stomp for bash: commands, options, values, contexts and destinations, asked of stomp itself.
#
#   stomp completions bash > ~/.local/share/bash-completion/completions/stomp
#
# or, without the bash-completion package, in ~/.bashrc:   source <(stomp completions bash)

_stomp() {
    # Readline breaks words at ':' and '=' too, which stand in URLs and destinations: they are joined again.
    local rest=${COMP_LINE:0:COMP_POINT} words=() word piece lines i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${rest#"${rest%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || piece=$word
        if ((i == 0)) || [[ $word != "$rest" ]]; then
            words+=("$piece")
        else
            words[${#words[@]} - 1]+=$piece
        fi
        rest=${word#"$piece"}
    done
    COMPREPLY=()
    lines=$(command stomp complete bash --breaks "$COMP_WORDBREAKS" -- "${words[@]}" 2>/dev/null </dev/null) || return 0
    if [[ $lines == :files$'\t'* ]]; then
        if [[ $lines == :files$'\t@' ]]; then
            # Left to itself, readline takes what follows an '@' for a host.
            while IFS= read -r word; do
                printf -v piece %q "$word"
                [[ -d $word ]] && piece+=/
                COMPREPLY+=("@$piece")
            done < <(compgen -f -- "${words[${#words[@]} - 1]#@}")
            if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == */ ]]; then
                compopt -o nospace 2>/dev/null
            fi
            return 0
        fi
        compopt -o default -o filenames 2>/dev/null
        return 0
    fi
    while IFS= read -r piece; do
        [[ -z $piece ]] || COMPREPLY+=("$piece")
    done <<<"$lines"
    # What ends like this goes on.
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[/:=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

# The newest destinations stand first; an older bash sorts them.
complete -o nosort -F _stomp stomp 2>/dev/null || complete -F _stomp stomp
