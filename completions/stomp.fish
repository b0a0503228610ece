# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_stomp_global_optspecs
    string join \n q/quiet v/verbose yes color= s/server= host= port= U/user= W/ask-password password= password-file= vhost= client-id= connect-header= escape-connect protocol= heartbeat= connect-timeout= receipt-timeout= reconnect reconnect-delay= cafile= cert= key= insecure max-body= limit= context= management= embedded trace e/execute= f/file= keep-going step no-rc h/help V/version
end

function __fish_stomp_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_stomp_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_stomp_using_subcommand
    set -l cmd (__fish_stomp_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c stomp -n "__fish_stomp_needs_command" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_needs_command" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_needs_command" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_needs_command" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_needs_command" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_needs_command" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_needs_command" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_needs_command" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_needs_command" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_needs_command" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_needs_command" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_needs_command" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_needs_command" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_needs_command" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_needs_command" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_needs_command" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_needs_command" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_needs_command" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_needs_command" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_needs_command" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_needs_command" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_needs_command" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_needs_command" -s e -l execute -d 'Run this command; may be given more than once' -r
complete -c stomp -n "__fish_stomp_needs_command" -s f -l file -d 'Run the commands of this file' -r -F
complete -c stomp -n "__fish_stomp_needs_command" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_needs_command" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_needs_command" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_needs_command" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_needs_command" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_needs_command" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_needs_command" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_needs_command" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_needs_command" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_needs_command" -l keep-going -d 'Go on after a command that failed'
complete -c stomp -n "__fish_stomp_needs_command" -l step -d 'Wait for each send\'s receipt before the next command'
complete -c stomp -n "__fish_stomp_needs_command" -l no-rc -d 'Do not read the start-up file'
complete -c stomp -n "__fish_stomp_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_needs_command" -s V -l version -d 'Print version'
complete -c stomp -n "__fish_stomp_needs_command" -a "send" -d 'Sends a message, or many from standard input'
complete -c stomp -n "__fish_stomp_needs_command" -a "sub" -d 'Subscribes and prints what comes'
complete -c stomp -n "__fish_stomp_needs_command" -a "subscribe" -d 'Subscribes and prints what comes'
complete -c stomp -n "__fish_stomp_needs_command" -a "peek" -d 'Shows what is in a queue without taking it'
complete -c stomp -n "__fish_stomp_needs_command" -a "browse" -d 'Shows what is in a queue without taking it'
complete -c stomp -n "__fish_stomp_needs_command" -a "drain" -d 'Takes and prints all that is in a queue'
complete -c stomp -n "__fish_stomp_needs_command" -a "purge" -d 'Takes all that is in a queue and throws it away'
complete -c stomp -n "__fish_stomp_needs_command" -a "dump" -d 'Writes a queue\'s messages as envelopes; takes nothing away'
complete -c stomp -n "__fish_stomp_needs_command" -a "restore" -d 'Sends the envelopes that \'dump\' has written'
complete -c stomp -n "__fish_stomp_needs_command" -a "move" -d 'Moves the messages of a queue to another one'
complete -c stomp -n "__fish_stomp_needs_command" -a "copy" -d 'Copies the messages of a queue to another one'
complete -c stomp -n "__fish_stomp_needs_command" -a "mirror" -d 'Hands what comes on to another broker; then it is off here'
complete -c stomp -n "__fish_stomp_needs_command" -a "request" -d 'Sends a message and waits for the answer'
complete -c stomp -n "__fish_stomp_needs_command" -a "sendrec" -d 'Sends a message and waits for the answer'
complete -c stomp -n "__fish_stomp_needs_command" -a "reply" -d 'Answers requests'
complete -c stomp -n "__fish_stomp_needs_command" -a "sendreply" -d 'Answers requests'
complete -c stomp -n "__fish_stomp_needs_command" -a "depth" -d 'Says how many messages wait in a queue, where the broker tells'
complete -c stomp -n "__fish_stomp_needs_command" -a "queues" -d 'Lists the queues, where the broker tells'
complete -c stomp -n "__fish_stomp_needs_command" -a "broker" -d 'Runs the embedded broker by itself'
complete -c stomp -n "__fish_stomp_needs_command" -a "doctor" -d 'Looks at each step of the way to a broker'
complete -c stomp -n "__fish_stomp_needs_command" -a "bench" -d 'Puts a load on a broker and measures it'
complete -c stomp -n "__fish_stomp_needs_command" -a "ctx" -d 'Names brokers, so that --context NAME finds them'
complete -c stomp -n "__fish_stomp_needs_command" -a "completions" -d 'Prints the completions of a shell'
complete -c stomp -n "__fish_stomp_needs_command" -a "man" -d 'Prints the man page'
complete -c stomp -n "__fish_stomp_using_subcommand send" -s H -l header -d 'One more header; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l content-type -d 'The body\'s MIME type' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l priority -d 'The priority, from 0 to 9' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l expires -d 'When it expires: a time from now (30s, 5m), or milliseconds since 1970' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l reply-to -d 'Where answers go' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l correlation-id -d 'What answers repeat' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l tx -d 'Send inside of this transaction' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l receipt -d 'Which messages ask for a receipt' -r -f -a "all\t'Each, many in flight'
last\t'The last one; it proves that the broker read them all'
none\t'None'"
complete -c stomp -n "__fish_stomp_using_subcommand send" -l repeat -d 'Send the same body so many times' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l rate -d 'At most so many messages a second' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l delimiter -d 'One message up to each of this text' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand send" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand send" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand send" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand send" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand send" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand send" -l persistent -d 'The broker keeps the message over its own restart'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l text -d 'Leave content-length out, which makes a JMS broker take the body for text'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l bytes -d 'Put content-length in, which makes a JMS broker take the body for bytes [default]'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l template -d 'Fill in $counter, $uuid, $now and $random in each body; $$ is a dollar'
complete -c stomp -n "__fish_stomp_using_subcommand send" -s l -l lines -d 'One message a line, without its end of line'
complete -c stomp -n "__fish_stomp_using_subcommand send" -s 0 -l null -d 'One message up to each NUL'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l length-prefixed -d 'Each message behind its length, 32 bits, big-endian'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l jsonl -d 'One envelope a line, as \'sub --jsonl\' writes them'
complete -c stomp -n "__fish_stomp_using_subcommand send" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand send" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand send" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand send" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l id -d 'The subscription\'s id' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l ack -d 'How messages are acked: auto, client or client-individual' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l selector -d 'Only messages that match this SQL-like condition, where the broker has selectors' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l durable -d 'A durable subscription of this name' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l prefetch -d 'At most so many unacked messages at a time' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s H -l header -d 'One more header of SUBSCRIBE; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s c -l count -d 'End after so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l timeout -d 'End after so many seconds in all' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l idle -d 'End after so many seconds without a message' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s F -l format -d '%d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l dump -d 'A file for each message in this folder' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l exec -d 'Run this command for each message, the body on its standard input' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l filter -d 'Only messages with this header' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l grep -d 'Only messages whose body matches this regular expression' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l on-fail -d 'What happens after an --exec that failed' -r -f -a "stop\t'Leave the message unacked and end'
nack\t'Give the message back (NACK) and go on'
continue\t'Take the message and go on'"
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l raw -d 'Bodies with nothing between them'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s 0 -l null -d 'Each body and a NUL'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l jsonl -d 'One JSON envelope a line, as \'send --jsonl\' reads them'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l hex -d 'Bodies in hexadecimal digits'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l headers -d 'Headers and body'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l headers-only -d 'Headers alone'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l count-only -d 'Nothing, but the count at the end'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l discard-others -d 'Ack what --filter and --grep hide, too'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand sub" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l id -d 'The subscription\'s id' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l ack -d 'How messages are acked: auto, client or client-individual' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l selector -d 'Only messages that match this SQL-like condition, where the broker has selectors' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l durable -d 'A durable subscription of this name' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l prefetch -d 'At most so many unacked messages at a time' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s H -l header -d 'One more header of SUBSCRIBE; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s c -l count -d 'End after so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l timeout -d 'End after so many seconds in all' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l idle -d 'End after so many seconds without a message' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s F -l format -d '%d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l dump -d 'A file for each message in this folder' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l exec -d 'Run this command for each message, the body on its standard input' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l filter -d 'Only messages with this header' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l grep -d 'Only messages whose body matches this regular expression' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l on-fail -d 'What happens after an --exec that failed' -r -f -a "stop\t'Leave the message unacked and end'
nack\t'Give the message back (NACK) and go on'
continue\t'Take the message and go on'"
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l raw -d 'Bodies with nothing between them'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s 0 -l null -d 'Each body and a NUL'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l jsonl -d 'One JSON envelope a line, as \'send --jsonl\' reads them'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l hex -d 'Bodies in hexadecimal digits'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l headers -d 'Headers and body'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l headers-only -d 'Headers alone'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l count-only -d 'Nothing, but the count at the end'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l discard-others -d 'Ack what --filter and --grep hide, too'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand subscribe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s c -l count -d 'At most so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l idle -d 'The queue counts as seen after so many seconds without a message [default: 2]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l selector -d 'Only messages that match this SQL-like condition, where the broker has selectors' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s F -l format -d '%d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l dump -d 'A file for each message in this folder' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l exec -d 'Run this command for each message, the body on its standard input' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l filter -d 'Only messages with this header' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l grep -d 'Only messages whose body matches this regular expression' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l give-back -d 'Where the broker cannot browse: take without acking; the messages come back marked redelivered'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l raw -d 'Bodies with nothing between them'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s 0 -l null -d 'Each body and a NUL'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l jsonl -d 'One JSON envelope a line, as \'send --jsonl\' reads them'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l hex -d 'Bodies in hexadecimal digits'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l headers -d 'Headers and body'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l headers-only -d 'Headers alone'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l count-only -d 'Nothing, but the count at the end'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand peek" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s c -l count -d 'At most so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l idle -d 'The queue counts as seen after so many seconds without a message [default: 2]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l selector -d 'Only messages that match this SQL-like condition, where the broker has selectors' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s F -l format -d '%d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l dump -d 'A file for each message in this folder' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l exec -d 'Run this command for each message, the body on its standard input' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l filter -d 'Only messages with this header' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l grep -d 'Only messages whose body matches this regular expression' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l give-back -d 'Where the broker cannot browse: take without acking; the messages come back marked redelivered'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l raw -d 'Bodies with nothing between them'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s 0 -l null -d 'Each body and a NUL'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l jsonl -d 'One JSON envelope a line, as \'send --jsonl\' reads them'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l hex -d 'Bodies in hexadecimal digits'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l headers -d 'Headers and body'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l headers-only -d 'Headers alone'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l count-only -d 'Nothing, but the count at the end'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand browse" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l idle -d 'The queue counts as empty after so many seconds without a message [default: 2]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s F -l format -d '%d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l dump -d 'A file for each message in this folder' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l exec -d 'Run this command for each message, the body on its standard input' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l raw -d 'Bodies with nothing between them'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s 0 -l null -d 'Each body and a NUL'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l jsonl -d 'One JSON envelope a line, as \'send --jsonl\' reads them'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l hex -d 'Bodies in hexadecimal digits'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l headers -d 'Headers and body'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l headers-only -d 'Headers alone'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l count-only -d 'Nothing, but the count at the end'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand drain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l idle -d 'The queue counts as empty after so many seconds without a message [default: 2]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand purge" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand purge" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand purge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s o -l output -d 'Write to this file, which must be new' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s c -l count -d 'At most so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l idle -d 'The queue counts as dumped after so many seconds without a message [default: 2]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l selector -d 'Only messages that match this SQL-like condition, where the broker has selectors' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l append -d 'Add to the file if it is there already'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l take -d 'Take the messages off the queue, each after its envelope was written'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l give-back -d 'Where the broker cannot browse: take without acking; the messages come back marked redelivered'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l to -d 'Send all of them here, wherever they came from' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -s H -l header -d 'Add or replace a header of each message; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l rate -d 'At most so many messages a second' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand restore" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand restore" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand move" -s c -l count -d 'At most so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l idle -d 'The source counts as empty after so many seconds without a message [default: 2]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -s H -l header -d 'Add or replace a header of each message; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l prefetch -d 'At most so many messages in hand at a time [default: 1000]; fewer where they are large' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand move" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand move" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand move" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand move" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand move" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand move" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand move" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand move" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand move" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand move" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand move" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand move" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand move" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand move" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s c -l count -d 'At most so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l idle -d 'The source counts as empty after so many seconds without a message [default: 2]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s H -l header -d 'Add or replace a header of each message; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l prefetch -d 'At most so many messages in hand at a time [default: 1000]; fewer where they are large' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l to -d 'The other broker: its URL, or the name of a context, which holds its login' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s c -l count -d 'End after so many messages' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l idle -d 'End after so many seconds without a message' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l selector -d 'Only messages that match this SQL-like condition, where the broker has selectors' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l durable -d 'A durable subscription of this name' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s H -l header -d 'Add or replace a header of each message; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l prefetch -d 'At most so many messages in hand at a time [default: 1000]; fewer where they are large' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand mirror" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand request" -s H -l header -d 'One more header; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l content-type -d 'The body\'s MIME type' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l reply-to -d 'Where the answer goes' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l timeout -d 'The longest time to wait for each answer, in seconds' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l replies -d 'How many answers to wait for' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -s F -l format -d '%d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l dump -d 'A file for each message in this folder' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand request" -l exec -d 'Run this command for each message, the body on its standard input' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand request" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand request" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand request" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand request" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand request" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand request" -l raw -d 'Bodies with nothing between them'
complete -c stomp -n "__fish_stomp_using_subcommand request" -s 0 -l null -d 'Each body and a NUL'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l jsonl -d 'One JSON envelope a line, as \'send --jsonl\' reads them'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l hex -d 'Bodies in hexadecimal digits'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l headers -d 'Headers and body'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l headers-only -d 'Headers alone'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l count-only -d 'Nothing, but the count at the end'
complete -c stomp -n "__fish_stomp_using_subcommand request" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand request" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand request" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand request" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand request" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s H -l header -d 'One more header; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l content-type -d 'The body\'s MIME type' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l reply-to -d 'Where the answer goes' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l timeout -d 'The longest time to wait for each answer, in seconds' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l replies -d 'How many answers to wait for' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s F -l format -d '%d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l dump -d 'A file for each message in this folder' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l exec -d 'Run this command for each message, the body on its standard input' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l raw -d 'Bodies with nothing between them'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s 0 -l null -d 'Each body and a NUL'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l jsonl -d 'One JSON envelope a line, as \'send --jsonl\' reads them'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l hex -d 'Bodies in hexadecimal digits'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l headers -d 'Headers and body'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l headers-only -d 'Headers alone'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l count-only -d 'Nothing, but the count at the end'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand sendrec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l exec -d 'Run this command for each request, the body on its standard input; what it prints is the answer' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s H -l header -d 'One more header of each answer; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s c -l count -d 'End after so many answers' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l echo -d 'Answer with the request\'s own body'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand reply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l exec -d 'Run this command for each request, the body on its standard input; what it prints is the answer' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s H -l header -d 'One more header of each answer; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s c -l count -d 'End after so many answers' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l echo -d 'Answer with the request\'s own body'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand sendreply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand depth" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand depth" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand depth" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand queues" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand queues" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand queues" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l listen -d 'Where to listen; port 0 takes a free one; may be given more than once [default: 127.0.0.1:61613 and the same port of ::1]' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l broker-password-file -d 'The file that holds the password of --user and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l queue-size -d 'The most octets in one queue, in MiB' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l max-body -d 'The longest body, in MiB' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand broker" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l strict -d 'Answer with an ERROR what the specification forbids, even where it is plain what is meant'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand broker" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s p -l producers -d 'Connections that send' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s C -l consumers -d 'Connections that receive; 0: only send' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l size -d 'Octets of each body, 36 at least: each says which one it is' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s c -l count -d 'Send so many messages in all' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l duration -d 'Send for so many seconds [default: 5]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l rate -d 'Messages a second, of all producers together [default: as many as the broker takes]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l receipt -d 'Which messages ask for a receipt' -r -f -a "all\t'Each'
none\t'None'"
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l ack -d 'How messages are acked: auto, client or client-individual [default: auto]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l prefetch -d 'At most so many unacked messages for each consumer' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s H -l header -d 'One more header of each message; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l idle -d 'A message is lost when nothing has come for so many seconds' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l persistent -d 'The broker keeps messages over its own restart'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l json -d 'The report as JSON'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -f -a "add" -d 'Adds a context, or changes it; login, vhost and certificates are those of the command line\'s options'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -f -a "ls" -d 'Lists the contexts'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -f -a "use" -d 'Takes a context where none is named; without a name, none'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -f -a "edit" -d 'Opens the config file in $EDITOR'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and not __fish_seen_subcommand_from add ls use edit rm" -f -a "rm" -d 'Removes a context'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l production -d 'Commands that take messages off queues ask first, and the prompt is red'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand ctx; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand completions" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand completions" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stomp -n "__fish_stomp_using_subcommand man" -l color -d 'Colours: auto, always or never' -r -f -a "auto\t'Colours on a terminal that has them'
always\t'Colours even into a pipe'
never\t'No colours'"
complete -c stomp -n "__fish_stomp_using_subcommand man" -s s -l server -d 'The broker\'s URL, or a comma list of them to try in order [default: stomp://localhost:61613]' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l host -d 'The broker\'s host' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l port -d 'The broker\'s port' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -s U -l user -d 'The user\'s name' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l password -d 'The password; other users of this machine can see it, so better -W or --password-file' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l password-file -d 'A file that holds the password and that nobody else can read' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand man" -l vhost -d 'The virtual host' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l client-id -d 'The client-id, which durable subscriptions need on some brokers' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l connect-header -d 'One more header of CONNECT; may be given more than once' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l protocol -d 'Offer this version of STOMP alone: 1.0, 1.1 or 1.2' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l heartbeat -d 'Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l connect-timeout -d 'The longest time from name look-up to CONNECTED, in seconds [default: 10]' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l receipt-timeout -d 'The longest time without a receipt and other progress, in seconds [default: 30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l reconnect-delay -d 'The first and the longest pause between tries, in seconds [default: 0.1,30]' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l cafile -d 'Trust the certificates of this file (PEM) too' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand man" -l cert -d 'The client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand man" -l key -d 'The key of the client\'s certificate (PEM)' -r -F
complete -c stomp -n "__fish_stomp_using_subcommand man" -l max-body -d 'The longest body to take, in octets [default: 256 MiB; none where it goes to a file or a pipe]' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l limit -d 'Bear more from a broker: octets of a verb, a header-line or a head, or a number of headers' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l context -d 'The broker of this name in the config file (\'stomp ctx\')' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -l management -d 'RabbitMQ\'s management, for \'queues\' and \'depth\' [default: http://HOST:15672]' -r
complete -c stomp -n "__fish_stomp_using_subcommand man" -s q -l quiet -d 'Say nothing that is not an error'
complete -c stomp -n "__fish_stomp_using_subcommand man" -s v -l verbose -d 'Say to whom it connects; twice: every frame too (--trace)'
complete -c stomp -n "__fish_stomp_using_subcommand man" -l yes -d 'Do not ask before messages are taken off a production'
complete -c stomp -n "__fish_stomp_using_subcommand man" -s W -l ask-password -d 'Ask for the password'
complete -c stomp -n "__fish_stomp_using_subcommand man" -l escape-connect -d 'Write CONNECT\'s values with header escapes, for brokers that decode them there'
complete -c stomp -n "__fish_stomp_using_subcommand man" -l reconnect -d 'Make a lost connection again, and send once more what has no receipt'
complete -c stomp -n "__fish_stomp_using_subcommand man" -l insecure -d 'Do not verify the broker\'s certificate'
complete -c stomp -n "__fish_stomp_using_subcommand man" -l embedded -d 'Bring a private broker inside this process'
complete -c stomp -n "__fish_stomp_using_subcommand man" -l trace -d 'Show every frame on standard error, secrets masked'
complete -c stomp -n "__fish_stomp_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
