//! The rules over a read document: what a rule is, the list of all, and how they run.

mod address_parameter_undefined;
mod avro_logical_type_misplaced;
mod avro_schema_invalid;
mod binding_field_misplaced;
mod binding_field_unknown;
mod binding_protocol_unknown;
mod binding_protocol_unserved;
mod binding_value_invalid;
mod binding_version_unknown;
mod channel_address_duplicate;
mod channel_address_has_query;
mod channel_key_has_query;
mod channel_message_unused;
mod channel_parameter_empty;
mod channel_parameter_unused;
mod channel_server_not_in_root;
mod channel_server_undefined;
mod channel_trailing_slash;
mod channel_without_operation;
mod component_name_invalid;
mod component_unused;
mod correlation_location_not_in_schema;
mod credentials_in_document;
mod default_content_type_missing;
mod discriminator_not_required;
mod duplicate_message_id;
mod duplicate_operation_id;
mod enum_empty;
mod enum_value_duplicate;
mod enum_value_type_mismatch;
mod format_misspelt;
mod format_without_effect;
mod headers_not_object;
mod id_missing;
mod info_contact_incomplete;
mod info_contact_missing;
mod info_description_missing;
mod info_license_missing;
mod info_license_url_missing;
mod integer_unbounded;
mod media_type_malformed;
mod message_content_type_missing;
mod message_example_invalid;
mod message_example_missing;
mod message_id_missing;
mod message_one_of_nested;
mod message_payload_missing;
mod messages_ambiguous;
mod names_collide;
mod one_of_overlap;
mod operation_channel_not_in_root;
mod operation_description_missing;
mod operation_id_missing;
mod operation_message_not_on_channel;
mod ordering_key_missing;
mod parameter_default_not_in_enum;
mod parameter_description_missing;
mod parameter_location_not_in_schema;
mod protobuf_schema_invalid;
mod reference_siblings_ignored;
mod reply_address_location_not_in_schema;
mod reply_address_on_addressed_channel;
mod reply_message_not_on_reply_channel;
mod reply_missing;
mod reply_without_correlation;
mod required_property_undefined;
mod schema_default_invalid;
mod schema_example_invalid;
mod schema_example_singular;
mod schema_keyword_ignored;
mod schema_keyword_invalid;
mod schema_pattern_too_large;
mod schema_unsatisfiable;
mod security_scheme_undefined;
mod security_scheme_unused;
mod security_scope_undefined;
mod server_duplicate;
mod server_host_has_scheme;
mod server_trailing_slash;
mod server_variable_default_not_in_enum;
mod server_variable_empty;
mod server_variable_reference;
mod server_variable_undefined;
mod server_variable_unused;
mod servers_missing;
mod tag_duplicate;
mod tags_missing;
mod trait_conflict;
mod version_not_latest;

use std::cell::OnceCell;

use tidings_document::api::{Api, Place};
use tidings_document::{Diagnostic, Node, Profile, Rule, Text};

use crate::components::{Component, unused};
use crate::entries::{Entries, Way};
use crate::places::reference;
use crate::traits::{looks_for, severity_in};

pub(crate) use avro_logical_type_misplaced::LINT as AVRO_LOGICAL_TYPE_MISPLACED;
pub(crate) use avro_schema_invalid::LINT as AVRO_SCHEMA_INVALID;
pub(crate) use protobuf_schema_invalid::LINT as PROTOBUF_SCHEMA_INVALID;
pub use schema_keyword_ignored::ignored as ignored_keywords;

/// A rule over a read document, with its check.
#[derive(Debug)]
pub struct Lint {
    /// Id, severity, profile, documentation.
    pub rule: Rule,
    check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

static LINTS: &[&Lint] = &[
    &address_parameter_undefined::LINT,
    &avro_logical_type_misplaced::LINT,
    &avro_schema_invalid::LINT,
    &binding_field_misplaced::LINT,
    &binding_field_unknown::LINT,
    &binding_protocol_unknown::LINT,
    &binding_protocol_unserved::LINT,
    &binding_value_invalid::LINT,
    &binding_version_unknown::LINT,
    &channel_address_duplicate::LINT,
    &channel_address_has_query::LINT,
    &channel_key_has_query::LINT,
    &channel_message_unused::LINT,
    &channel_parameter_empty::LINT,
    &channel_parameter_unused::LINT,
    &channel_server_not_in_root::LINT,
    &channel_server_undefined::LINT,
    &channel_trailing_slash::LINT,
    &channel_without_operation::LINT,
    &component_name_invalid::LINT,
    &component_unused::LINT,
    &correlation_location_not_in_schema::LINT,
    &credentials_in_document::LINT,
    &default_content_type_missing::LINT,
    &discriminator_not_required::LINT,
    &duplicate_message_id::LINT,
    &duplicate_operation_id::LINT,
    &enum_empty::LINT,
    &enum_value_duplicate::LINT,
    &enum_value_type_mismatch::LINT,
    &format_misspelt::LINT,
    &format_without_effect::LINT,
    &headers_not_object::LINT,
    &id_missing::LINT,
    &info_contact_incomplete::LINT,
    &info_contact_missing::LINT,
    &info_description_missing::LINT,
    &info_license_missing::LINT,
    &info_license_url_missing::LINT,
    &integer_unbounded::LINT,
    &media_type_malformed::LINT,
    &message_content_type_missing::LINT,
    &message_example_invalid::LINT,
    &message_example_missing::LINT,
    &message_id_missing::LINT,
    &message_one_of_nested::LINT,
    &message_payload_missing::LINT,
    &messages_ambiguous::LINT,
    &names_collide::LINT,
    &one_of_overlap::LINT,
    &operation_channel_not_in_root::LINT,
    &operation_description_missing::LINT,
    &operation_id_missing::LINT,
    &operation_message_not_on_channel::LINT,
    &ordering_key_missing::LINT,
    &parameter_default_not_in_enum::LINT,
    &parameter_description_missing::LINT,
    &parameter_location_not_in_schema::LINT,
    &protobuf_schema_invalid::LINT,
    &reference_siblings_ignored::LINT,
    &reply_address_location_not_in_schema::LINT,
    &reply_address_on_addressed_channel::LINT,
    &reply_message_not_on_reply_channel::LINT,
    &reply_missing::LINT,
    &reply_without_correlation::LINT,
    &required_property_undefined::LINT,
    &schema_default_invalid::LINT,
    &schema_example_invalid::LINT,
    &schema_example_singular::LINT,
    &schema_keyword_ignored::LINT,
    &schema_keyword_invalid::LINT,
    &schema_pattern_too_large::LINT,
    &schema_unsatisfiable::LINT,
    &security_scheme_undefined::LINT,
    &security_scheme_unused::LINT,
    &security_scope_undefined::LINT,
    &server_duplicate::LINT,
    &server_host_has_scheme::LINT,
    &server_trailing_slash::LINT,
    &server_variable_default_not_in_enum::LINT,
    &server_variable_empty::LINT,
    &server_variable_reference::LINT,
    &server_variable_undefined::LINT,
    &server_variable_unused::LINT,
    &servers_missing::LINT,
    &tag_duplicate::LINT,
    &tags_missing::LINT,
    &trait_conflict::LINT,
    &version_not_latest::LINT,
];

/// The rules of this crate, by id.
#[must_use]
pub fn lints() -> &'static [&'static Lint] {
    LINTS
}

/// What a check looks at.
struct Context<'a> {
    api: &'a Api<'a>,
    profile: Profile,
    unused_components: OnceCell<Vec<Component<'a>>>,
}

impl<'a> Context<'a> {
    fn new(api: &'a Api<'a>, profile: Profile) -> Self {
        Self {
            api,
            profile,
            unused_components: OnceCell::new(),
        }
    }

    /// The components that nothing refers to, of all kinds.
    fn unused_components(&self) -> &[Component<'a>] {
        self.unused_components
            .get_or_init(|| unused(self.api, self.is_official()))
    }

    /// The reference of a node that leads to something else than the entries of a map of the root, with the key of the entry
    /// that is meant. The official parser looks for the map's name in the text, wherever that leads.
    fn stray_reference(
        &self,
        node: &'a Node,
        entries: &Entries<'a>,
        map: &str,
    ) -> Option<(Text<'a>, Option<&'a str>)> {
        let target = reference(node)?;
        if self.is_official() {
            return (!target.value.contains(map)).then_some((target, None));
        }
        match entries.way(node) {
            Way::Past(key) => Some((target, Some(key.value))),
            Way::Elsewhere => Some((target, None)),
            Way::Entry | Way::Unknown => None,
        }
    }

    /// Whether the official parser would look at an object of the root's maps: it reads no other file for that.
    fn is_in_view(&self, place: Place, node: &Node) -> bool {
        place == Place::Root && (!self.is_official() || node.span.file == self.api.node.span.file)
    }

    fn is_v2(&self) -> bool {
        self.api.version.is_v2()
    }

    /// Whether to find no more than the official parser, where it looks at less than the rule could.
    fn is_official(&self) -> bool {
        self.profile == Profile::Official
    }
}

/// What every rule of the profile finds, rule by rule; those that are named look for all that they know.
pub(crate) fn run(
    api: &Api<'_>,
    profile: Profile,
    named: &dyn Fn(&Rule) -> bool,
) -> Vec<Diagnostic> {
    let context = Context::new(api, profile);
    let full = Context::new(api, Profile::Strict);
    let mut found = Vec::new();
    if context.is_official() {
        found.extend(api.right_elsewhere.iter().cloned());
    }
    for lint in LINTS {
        if named(&lint.rule) {
            (lint.check)(&full, &mut found);
        } else if looks_for(&lint.rule, profile, api.version) {
            let before = found.len();
            (lint.check)(&context, &mut found);
            if context.is_official() {
                let severity = severity_in(&lint.rule, profile);
                let own = found[before..].iter_mut();
                own.for_each(|found| found.severity = severity);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
