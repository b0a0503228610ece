# Completion of stomp for fish: commands, options, values, contexts and destinations, asked of stomp itself.
#
#   stomp completions fish > ~/.config/fish/completions/stomp.fish

function __stomp_complete
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l raw (commandline --current-token --cut-at-cursor)
    # Within quotes that are still open, the quote is no part of the word.
    set -l typed (string unescape -- "$raw"; or string replace --regex '^[\'"]' '' -- "$raw")
    set -l lines (command stomp complete fish -- $before "$typed" 2>/dev/null </dev/null)
    if string match --quiet -- ':files*' "$lines[1]"
        set -l lead (string replace --regex '^:files\t' '' -- $lines[1])
        set -l path (string sub --start (math 1 + (string length -- "$lead")) -- "$typed")
        for file in (__fish_complete_path "$path")
            echo -- "$lead$file"
        end
        return
    end
    test (count $lines) -eq 0; or printf '%s\n' $lines
end

complete --command stomp --no-files --keep-order --arguments '(__stomp_complete)'
