# For dev/test and dev/bench.

# A document with 300 operations, or as many as told, each with a channel and a message of its own.
large_document() {
    local n count=${1:-300}
    printf 'asyncapi: 3.0.0\ninfo: { title: Large, version: 1.0.0 }\nservers: { main: { host: "broker.local:9092", protocol: kafka } }\nchannels:\n'
    for ((n = 0; n < count; n++)); do
        printf '  c%d: { address: "shop.area%d.{region}.c%d", description: The channel of thing %d., parameters: { region: { enum: [eu, us] } }, messages: { m: { $ref: "#/components/messages/M%d" } } }\n' $n $((n % 20)) $n $n $n
    done
    printf 'operations:\n'
    for ((n = 0; n < count; n++)); do
        printf '  op%d: { action: %s, title: Do thing %d, summary: What is done with thing %d., channel: { $ref: "#/channels/c%d" } }\n' $n "$([ $((n % 2)) = 0 ] && echo send || echo receive)" $n $n $n
    done
    printf 'components:\n  messages:\n'
    for ((n = 0; n < count; n++)); do
        printf '    M%d:\n      title: Thing %d\n      headers: { type: object, properties: { trace: { type: string, description: The trace. } } }\n      payload:\n        type: object\n        required: [id, kind]\n        properties:\n' $n $n
        printf '          id: { type: string, format: uuid, description: Which one. }\n          kind: { type: string, enum: [small, large, other], description: What it is. }\n          at: { type: string, format: date-time, description: When. }\n'
        printf '          count%d: { type: integer, minimum: 0, maximum: 100, description: How many. }\n          price: { $ref: "#/components/schemas/Money" }\n          lines: { type: array, items: { $ref: "#/components/schemas/Line" }, description: What is in it. }\n          note: { type: string, maxLength: 200, description: Free text. }\n          flag: { type: boolean, description: Whether it is one. }\n' $n
    done
    printf '  schemas:\n    Money: { type: object, properties: { cents: { type: integer }, currency: { type: string, minLength: 3, maxLength: 3 } } }\n'
    printf '    Line: { type: object, required: [sku], properties: { sku: { type: string, description: Article. }, quantity: { type: integer, minimum: 1 } } }\n'
}
