//! Files that come along with the compiler: whoever imports them need not have them.
use prost_reflect::DescriptorPool;
use protox::file::{File, FileResolver, GoogleFileResolver};

/// Paths of files that come along, those of the language itself first.
pub fn protobuf_builtins() -> impl Iterator<Item = &'static str> {
    let others = FILES.iter().map(|(path, _)| *path);
    OF_THE_LANGUAGE.iter().copied().chain(others)
}

/// Paths of files that compilers of Protobuf bring.
const OF_THE_LANGUAGE: &[&str] = &[
    "google/protobuf/any.proto",
    "google/protobuf/api.proto",
    "google/protobuf/descriptor.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/source_context.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/type.proto",
    "google/protobuf/wrappers.proto",
];

/// Whether a file of this path comes along.
pub(super) fn has(path: &str) -> bool {
    text(path).is_some()
        || path.starts_with("google/protobuf/") && GoogleFileResolver::new().open_file(path).is_ok()
}

/// The file of a path.
///
/// # Errors
/// When none of this path comes along.
pub(super) fn open(path: &str) -> Result<File, protox::Error> {
    match text(path) {
        Some(text) => File::from_source(path, text),
        None => GoogleFileResolver::new().open_file(path),
    }
}

/// The file that comes along and defines a name, which is written in full.
pub(super) fn definer(name: &str) -> Option<String> {
    let name = name.trim_start_matches('.');
    if let Some(message) = DescriptorPool::global().get_message_by_name(name) {
        return Some(message.parent_file().name().to_owned());
    }
    let (package, name) = name.rsplit_once('.')?;
    let package = format!("\npackage {package};\n");
    let defines = |text: &str| {
        let mut words = text.split([' ', '\n']);
        text.contains(&package) && words.any(|word| word == name)
    };
    let file = FILES.iter().find(|(_, text)| defines(text));
    file.map(|(path, _)| (*path).to_owned())
}

fn text(path: &str) -> Option<&'static str> {
    let at = FILES.binary_search_by_key(&path, |(path, _)| *path).ok()?;
    Some(FILES[at].1)
}

macro_rules! files {
    ($($path:literal,)*) => {
        &[$(($path, include_str!(concat!("../../protos/", $path))),)*]
    };
}

/// Paths in their order, with the texts.
static FILES: &[(&str, &str)] = files![
    "buf/validate/validate.proto",
    "google/api/annotations.proto",
    "google/api/auth.proto",
    "google/api/backend.proto",
    "google/api/billing.proto",
    "google/api/client.proto",
    "google/api/config_change.proto",
    "google/api/consumer.proto",
    "google/api/context.proto",
    "google/api/control.proto",
    "google/api/distribution.proto",
    "google/api/documentation.proto",
    "google/api/endpoint.proto",
    "google/api/error_reason.proto",
    "google/api/field_behavior.proto",
    "google/api/field_info.proto",
    "google/api/http.proto",
    "google/api/httpbody.proto",
    "google/api/label.proto",
    "google/api/launch_stage.proto",
    "google/api/log.proto",
    "google/api/logging.proto",
    "google/api/metric.proto",
    "google/api/monitored_resource.proto",
    "google/api/monitoring.proto",
    "google/api/policy.proto",
    "google/api/quota.proto",
    "google/api/resource.proto",
    "google/api/routing.proto",
    "google/api/service.proto",
    "google/api/source_info.proto",
    "google/api/system_parameter.proto",
    "google/api/usage.proto",
    "google/api/visibility.proto",
    "google/rpc/code.proto",
    "google/rpc/context/attribute_context.proto",
    "google/rpc/context/audit_context.proto",
    "google/rpc/error_details.proto",
    "google/rpc/http.proto",
    "google/rpc/status.proto",
    "google/type/calendar_period.proto",
    "google/type/color.proto",
    "google/type/date.proto",
    "google/type/datetime.proto",
    "google/type/dayofweek.proto",
    "google/type/decimal.proto",
    "google/type/expr.proto",
    "google/type/fraction.proto",
    "google/type/interval.proto",
    "google/type/latlng.proto",
    "google/type/localized_text.proto",
    "google/type/money.proto",
    "google/type/month.proto",
    "google/type/phone_number.proto",
    "google/type/postal_address.proto",
    "google/type/quaternion.proto",
    "google/type/timeofday.proto",
    "validate/validate.proto",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ProtobufFile, ProtobufImport, ProtobufSchema};

    #[test]
    fn every_file_that_comes_along_compiles() {
        let paths: Vec<_> = protobuf_builtins().collect();
        assert!(FILES.is_sorted() && paths.len() > 60);
        for path in paths {
            let text = format!("syntax = \"proto3\"; import \"{path}\"; message A {{}}");
            let start = text.find(path).unwrap();
            let imports = vec![ProtobufImport {
                range: start..start + path.len(),
                file: None,
            }];
            let file = ProtobufFile {
                name: "a.proto".to_owned(),
                text: &text,
                imports,
            };
            let schema = ProtobufSchema::compile(&[file]);
            assert!(schema.is_ok(), "{path}: {:?}", schema.err());
        }
    }

    #[test]
    fn names_lead_to_the_files_that_define_them() {
        for (name, path) in [
            (
                "google.protobuf.Timestamp",
                "google/protobuf/timestamp.proto",
            ),
            (".google.type.Date", "google/type/date.proto"),
            ("google.api.http", "google/api/annotations.proto"),
            ("buf.validate.field", "buf/validate/validate.proto"),
            ("validate.rules", "validate/validate.proto"),
        ] {
            assert_eq!(definer(name).as_deref(), Some(path), "{name}");
        }
        assert_eq!(definer("google.type.Dates"), None);
        assert_eq!(definer("Date"), None);
    }
}
