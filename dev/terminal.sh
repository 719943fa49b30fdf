# For dev/test: a document whose page has every command for a terminal, and what becomes of these where nobody listens.

# Nobody listens there. What asks elsewhere, as some of the tools for AWS do, finds nobody either.
nowhere=127.0.0.1:9
here() {
    env -i PATH="$PATH" HOME="$PWD" AWS_ENDPOINT_URL="http://$nowhere" HTTPS_PROXY="http://$nowhere" AWS_ACCESS_KEY_ID=x \
        AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1 AWS_MAX_ATTEMPTS=1 timeout 30 bash -c "$1" </dev/null 2>&1
}

# An operation of either side for each protocol and what else a command may have.
document_of_commands() {
    local at protocol more=(
        'kafka' 'kafka-secure' 'kafka-secure security:[{type:plain}]' 'kafka security:[{type:scramSha256}]'
        'kafka-secure security:[{type:scramSha512}]' 'amqp' 'amqps' 'amqp amqp:{is:queue,queue:{name:q}}'
        'amqp amqp:{is:routingKey,exchange:{name:x}}' 'mqtt' 'mqtts' 'nats' 'redis' 'rediss' 'sqs' 'sns' 'kinesis' 'ws' 'wss')
    printf 'asyncapi: 3.0.0\ninfo: { title: Commands, version: 1.0.0 }\nservers:\n'
    for at in "${!more[@]}"; do
        protocol=${more[at]%% *}
        printf '  s%d: { host: "%s", protocol: %s, %s }\n' "$at" "$nowhere" "$protocol" "$(sed -n 's/.* \(security\):\(.*\)/\1: \2/p' <<<"${more[at]}" | sed 's/type:/type: /')"
    done
    printf 'channels:\n'
    for at in "${!more[@]}"; do
        printf '  c%d: { address: "a-{x}", servers: [ { $ref: "#/servers/s%d" } ], bindings: { %s } }\n' "$at" "$at" \
            "$(sed -n 's/.* \(amqp:.*\)/\1/p' <<<"${more[at]}" | sed 's/:/: /g')"
    done
    printf 'operations:\n'
    for at in "${!more[@]}"; do
        printf '  %s%d: { action: %s, channel: { $ref: "#/channels/c%d" } }\n' hear "$at" send "$at" tell "$at" receive "$at"
    done
}

# Runs the commands of some Markdown. A tool that is told nonsense says so before it asks anybody.
commands_find_nobody() {
    local command tool answer tried=0 missing=() outcome=0
    while IFS= read -r command; do
        tool=${command%% *}
        command -v "$tool" >/dev/null || { [[ " ${missing[*]} " == *" $tool "* ]] || missing+=("$tool"); continue; }
        answer=$(here "$command")
        tried=$((tried + 1))
        grep -Eiq 'refused|could not connect|failed to connect|opening socket' <<<"$answer" || { printf '%s\n' "$command" "${answer:0:400}"; outcome=1; }
    done
    printf '%d commands%s\n' "$tried" "${missing:+; not installed: ${missing[*]}}"
    [ "$tried" -gt 20 ] && return "$outcome"
}
