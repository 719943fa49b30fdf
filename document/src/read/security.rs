//! Security schemes, for both versions.
use super::{
    fields::{Fields, items_of},
    reader::Reader,
};
use crate::{
    Node, Text,
    api::{Flow, Place, SecurityRequirement, SecurityScheme, SecuritySchemeId},
    document::address,
};

/// The schemes of `components`.
pub(crate) fn read_components(reader: &mut Reader<'_, '_>) {
    for (key, node) in reader.component("securitySchemes") {
        scheme(reader, node, key, Place::Components);
    }
}

/// Requirements of version 3: schemes, mostly by reference.
pub(crate) fn requirements<'a>(
    reader: &mut Reader<'a, '_>,
    fields: &Fields<'a>,
) -> Vec<SecurityRequirement<'a>> {
    let items = items_of(reader.get(fields, "security"));
    let mut requirements = Vec::new();
    for item in items {
        let target = reader.document.follow(item).map(Fields::of);
        let kind = target
            .as_ref()
            .and_then(|target| reader.text(target, "type"));
        let id = scheme(
            reader,
            item,
            kind.unwrap_or(reader.nothing(item.span)),
            Place::Inline,
        );
        let name = item.reference().map(|reference| Text {
            value: reference.value.rsplit('/').next().unwrap_or_default(),
            span: reference.span,
        });
        requirements.push(SecurityRequirement {
            span: item.span,
            name,
            scheme: id,
            scopes: id
                .map(|id| reader.api[id].scopes.clone())
                .unwrap_or_default(),
        });
    }
    requirements
}

/// Requirements of version 2: names of schemes with scopes.
pub(crate) fn named_requirements<'a>(
    reader: &Reader<'a, '_>,
    fields: &Fields<'a>,
) -> Vec<SecurityRequirement<'a>> {
    let items = items_of(reader.get(fields, "security")).iter();
    items
        .flat_map(|item| super::fields::entries_of(Some(item)))
        .map(|(name, scopes)| {
            let node = reader.component_named("securitySchemes", name.value);
            let target = node.and_then(|node| reader.document.follow(node));
            SecurityRequirement {
                span: name.span,
                name: Some(name),
                scheme: target.and_then(|node| reader.schemes.get(&address(node)).copied()),
                scopes: items_of(Some(scopes))
                    .iter()
                    .filter_map(Node::text)
                    .collect(),
            }
        })
        .collect()
}

fn scheme<'a>(
    reader: &mut Reader<'a, '_>,
    node: &'a Node,
    key: Text<'a>,
    place: Place,
) -> Option<SecuritySchemeId> {
    let defined = reader.defined(node, key, place, "")?;
    if let Some(id) = reader.schemes.get(&address(defined.node)) {
        return Some(*id);
    }
    defined.node.as_object()?;
    let fields = Fields::of(defined.node);
    let id = SecuritySchemeId(u32::try_from(reader.api.security_schemes.len()).ok()?);
    let scheme = SecurityScheme {
        node: defined.node,
        key: defined.key,
        place: defined.place,
        kind: reader
            .text(&fields, "type")
            .unwrap_or(reader.nothing(defined.node.span)),
        description: reader.text(&fields, "description"),
        name: reader.text(&fields, "name"),
        location: reader.text(&fields, "in"),
        scheme: reader.text(&fields, "scheme"),
        bearer_format: reader.text(&fields, "bearerFormat"),
        open_id_connect_url: reader.text(&fields, "openIdConnectUrl"),
        flows: flows(reader, &fields),
        scopes: reader.texts(&fields, "scopes"),
    };
    reader.api.security_schemes.push(scheme);
    reader.schemes.insert(address(defined.node), id);
    Some(id)
}

fn flows<'a>(reader: &Reader<'a, '_>, fields: &Fields<'a>) -> Vec<Flow<'a>> {
    let scopes = if reader.api.version.is_v2() {
        "scopes"
    } else {
        "availableScopes"
    };
    reader
        .map(fields, "flows")
        .into_iter()
        .map(|(name, node)| {
            let fields = Fields::of(node);
            let scopes = reader.map(&fields, scopes).into_iter();
            Flow {
                name,
                node,
                authorization_url: reader.text(&fields, "authorizationUrl"),
                token_url: reader.text(&fields, "tokenUrl"),
                refresh_url: reader.text(&fields, "refreshUrl"),
                scopes: scopes.map(|(name, text)| (name, text.text())).collect(),
            }
        })
        .collect()
}
