//! How payloads of JSON Schema are written: what the content type says.
use crate::ir::Codec;
use tidings_document::api::Type;

/// The encoding of a content type, for values of these types; nothing where generated code knows none.
pub(super) fn codec(content_type: &str, types: impl FnOnce() -> Vec<Type>) -> Option<Codec> {
    let mut parts = content_type.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_plain = parts.all(is_utf8);
    let suffix = media.rsplit_once('+').map_or("", |(_, suffix)| suffix);
    Some(match (media.as_str(), suffix) {
        (_, "msgpack") => Codec::MessagePack,
        ("application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack", _) => {
            Codec::MessagePack
        }
        ("application/cbor", _) | (_, "cbor") => Codec::Cbor,
        ("application/octet-stream", _) => Codec::Bytes,
        _ if ["image/", "audio/", "video/", "font/"]
            .iter()
            .any(|kind| media.starts_with(kind)) =>
        {
            Codec::Bytes
        }
        _ if !is_plain => return None,
        ("application/json" | "text/json", _) | (_, "json") => Codec::Json,
        _ if media.starts_with("text/") && are_scalars(&types()) => Codec::Text,
        _ => return None,
    })
}

/// Whether a parameter leaves texts what they are.
fn is_utf8(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return true;
    };
    let value = value.trim().trim_matches('"').to_ascii_lowercase();
    !name.trim().eq_ignore_ascii_case("charset")
        || ["utf-8", "utf8", "us-ascii"].contains(&value.as_str())
}

/// Whether there is one way to write values as text, and to know them again: they have no parts, and `5` is not both a text and a number.
fn are_scalars(types: &[Type]) -> bool {
    let has_parts = |kind: &Type| matches!(kind, Type::Array | Type::Object);
    let is_told = !types.contains(&Type::String) || types.len() == 1;
    is_told && !types.is_empty() && !types.iter().any(has_parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_say_the_encoding() {
        let text = [Type::String];
        for (content_type, expected) in [
            ("application/json", "Json"),
            ("Application/JSON; charset=UTF-8", "Json"),
            ("application/vnd.example.v1+json; version=2", "Json"),
            ("application/*+json", "Json"),
            ("text/json", "Json"),
            ("application/json; charset=utf-16", "None"),
            ("application/msgpack", "MessagePack"),
            ("application/vnd.example+msgpack", "MessagePack"),
            ("application/cbor", "Cbor"),
            ("application/senml+cbor;a=b", "Cbor"),
            ("text/plain", "Text"),
            ("text/plain; charset=\"utf-8\"", "Text"),
            ("text/plain; charset=iso-8859-1", "None"),
            ("text/csv", "Text"),
            ("application/octet-stream", "Bytes"),
            ("image/png", "Bytes"),
            ("application/xml", "None"),
            ("application/x-protobuf", "None"),
            ("", "None"),
        ] {
            let found = codec(content_type, || text.to_vec());
            let found = found.map_or("None".to_owned(), |codec| format!("{codec:?}"));
            assert_eq!(found, expected, "{content_type}");
        }
        let ambiguous = [Type::String, Type::Integer];
        for types in [&[Type::Object][..], &[Type::Array], &ambiguous, &[]] {
            assert!(
                codec("text/plain", || types.to_vec()).is_none(),
                "{types:?}"
            );
        }
    }
}
