# Completion of stomp for elvish: commands, options, values, contexts and destinations, asked of stomp itself.
#
#   stomp completions elvish > ~/.config/elvish/lib/stomp.elv        and 'use stomp' in ~/.config/elvish/rc.elv

use str

set edit:completion:arg-completer[stomp] = {|@words|
    var lines = []
    try {
        set lines = [(e:stomp complete elvish -- $@words 2>/dev/null </dev/null)]
    } catch {
        # Someone is typing: there is nothing to say.
    }
    if (and (> (count $lines) 0) (str:has-prefix $lines[0] ":files\t")) {
        edit:complete-filename $words[-1]
    } else {
        for line $lines {
            var value about = (str:split &max=2 "\t" $line)
            # What ends like this goes on.
            var suffix = ' '
            for end [/ : =] {
                if (str:has-suffix $value $end) {
                    set suffix = ''
                }
            }
            var display = $value
            if (not-eq $about '') {
                set display = $value' -- '$about
            }
            edit:complex-candidate $value &display=$display &code-suffix=$suffix
        }
    }
}
