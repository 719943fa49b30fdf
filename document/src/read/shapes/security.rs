//! Shapes of security schemes, one for each type.
use crate::{
    Node,
    api::Version,
    read::shape::{Field, Kind, Rest, Shape, may, need},
};

/// A security scheme, by its `type`.
pub(crate) fn scheme(version: Version, node: &Node) -> Kind {
    let text = |name: &str| node.get(name).and_then(Node::as_str);
    let sasl = version >= Version::V2_1;
    let v2 = version.is_v2();
    Kind::Ref(match text("type") {
        Some("apiKey") => &API_KEY,
        Some("userPassword" | "X509" | "symmetricEncryption" | "asymmetricEncryption") => &PLAIN,
        Some("http") if text("scheme") == Some("bearer") => &HTTP_BEARER,
        Some("http") => &HTTP,
        Some("httpApiKey") => &HTTP_API_KEY,
        Some("oauth2") if v2 => &OAUTH2_V2,
        Some("oauth2") => &OAUTH2_V3,
        Some("openIdConnect") if v2 => &OPEN_ID_V2,
        Some("openIdConnect") => &OPEN_ID_V3,
        Some("plain" | "scramSha256" | "scramSha512" | "gssapi") if sasl => &PLAIN,
        _ if sasl => &UNKNOWN,
        _ => &UNKNOWN_V2_0,
    })
}

static TYPE: &[Field] = &[need("type", Kind::Text), may("description", Kind::Text)];

static PLAIN: Shape = Shape::new("this security scheme", &[TYPE]);

static API_KEY: Shape = Shape::new(
    "an `apiKey` scheme",
    &[
        TYPE,
        &[need("in", Kind::Word(&["user", "password"]))
            .help("for HTTP headers, queries and cookies use type `httpApiKey`")],
    ],
);

static HTTP: Shape = Shape::new(
    "an `http` scheme",
    &[
        TYPE,
        &[
            need("scheme", Kind::Text),
            may("bearerFormat", Kind::Never).help("it belongs to scheme `bearer`"),
        ],
    ],
);

static HTTP_BEARER: Shape = Shape::new(
    "an `http` scheme",
    &[
        TYPE,
        &[need("scheme", Kind::Text), may("bearerFormat", Kind::Text)],
    ],
);

static HTTP_API_KEY: Shape = Shape::new(
    "an `httpApiKey` scheme",
    &[
        TYPE,
        &[
            need("name", Kind::Text),
            need("in", Kind::Word(&["header", "query", "cookie"])),
        ],
    ],
);

static OPEN_ID_V2: Shape = Shape::new(
    "an `openIdConnect` scheme",
    &[TYPE, &[need("openIdConnectUrl", Kind::Uri)]],
);

static OPEN_ID_V3: Shape = Shape::new(
    "an `openIdConnect` scheme",
    &[
        TYPE,
        &[
            need("openIdConnectUrl", Kind::Uri),
            may("scopes", Kind::List(&Kind::Text)),
        ],
    ],
);

static OAUTH2_V2: Shape = Shape::new(
    "an `oauth2` scheme",
    &[TYPE, &[need("flows", Kind::Object(&FLOWS_V2))]],
)
.rest(Rest::Open);

static OAUTH2_V3: Shape = Shape::new(
    "an `oauth2` scheme",
    &[
        TYPE,
        &[
            need("flows", Kind::Object(&FLOWS_V3)),
            may("scopes", Kind::List(&Kind::Text)),
        ],
    ],
)
.rest(Rest::Open);

static FLOWS_V2: Shape = Shape::new(
    "`flows`",
    &[&[
        may("implicit", Kind::Object(&IMPLICIT_V2)),
        may("password", Kind::Object(&PASSWORD_V2)),
        may("clientCredentials", Kind::Object(&PASSWORD_V2)),
        may("authorizationCode", Kind::Object(&CODE_V2)),
    ]],
)
.rest(Rest::None);

static FLOWS_V3: Shape = Shape::new(
    "`flows`",
    &[&[
        may("implicit", Kind::Object(&IMPLICIT_V3)),
        may("password", Kind::Object(&PASSWORD_V3)),
        may("clientCredentials", Kind::Object(&PASSWORD_V3)),
        may("authorizationCode", Kind::Object(&CODE_V3)),
    ]],
)
.rest(Rest::None);

static SCOPES_V2: &[Field] = &[
    need("scopes", Kind::Map(&Kind::Text)),
    may("refreshUrl", Kind::Uri),
];

static SCOPES_V3: &[Field] = &[
    need("availableScopes", Kind::Map(&Kind::Text)).help("version 3 calls `scopes` so"),
    may("refreshUrl", Kind::Uri),
];

static IMPLICIT: &[Field] = &[
    need("authorizationUrl", Kind::Uri),
    may("tokenUrl", Kind::Never).help("this flow has no token endpoint"),
];

static PASSWORD: &[Field] = &[
    need("tokenUrl", Kind::Uri),
    may("authorizationUrl", Kind::Never).help("this flow has no authorization endpoint"),
];

static CODE: &[Field] = &[
    need("authorizationUrl", Kind::Uri),
    need("tokenUrl", Kind::Uri),
];

static IMPLICIT_V2: Shape = Shape::new("an `implicit` flow", &[IMPLICIT, SCOPES_V2]);
static IMPLICIT_V3: Shape = Shape::new("an `implicit` flow", &[IMPLICIT, SCOPES_V3]);
static PASSWORD_V2: Shape = Shape::new("this flow", &[PASSWORD, SCOPES_V2]);
static PASSWORD_V3: Shape = Shape::new("this flow", &[PASSWORD, SCOPES_V3]);
static CODE_V2: Shape = Shape::new("an `authorizationCode` flow", &[CODE, SCOPES_V2]);
static CODE_V3: Shape = Shape::new("an `authorizationCode` flow", &[CODE, SCOPES_V3]);

const HOW: &str =
    "a requirement of version 3 is a reference: `- $ref: '#/components/securitySchemes/NAME'`";

const TYPES: &[&str] = &[
    "userPassword",
    "apiKey",
    "X509",
    "symmetricEncryption",
    "asymmetricEncryption",
    "httpApiKey",
    "http",
    "oauth2",
    "openIdConnect",
    "plain",
    "scramSha256",
    "scramSha512",
    "gssapi",
];

static UNKNOWN: Shape = Shape::new(
    "a security scheme",
    &[&[need("type", Kind::Word(TYPES)).help(HOW)]],
)
.rest(Rest::Open);

static UNKNOWN_V2_0: Shape = Shape::new(
    "a security scheme",
    &[&[need(
        "type",
        Kind::Word(&[
            "userPassword",
            "apiKey",
            "X509",
            "symmetricEncryption",
            "asymmetricEncryption",
            "httpApiKey",
            "http",
            "oauth2",
            "openIdConnect",
        ]),
    )]],
)
.rest(Rest::Open);
