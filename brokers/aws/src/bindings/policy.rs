//! Who may use a queue or topic, as AWS writes it: what the document says, with a resource and a version.
use serde_json::{Map, Value, json};
use tidings::{Binding, Result};

/// The policy, where statements without a resource are about that one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Policy(Vec<Map<String, Value>>);

impl Policy {
    pub(crate) fn read(told: &Binding<'_>, value: &Value) -> Result<Self> {
        let told = told.at("policy", value)?;
        let mut all = Vec::new();
        for (field, value) in told.fields() {
            let statements = value.as_array().filter(|_| field == "statements");
            let Some(statements) = statements else {
                return Err(told.refused(field));
            };
            for (at, statement) in statements.iter().enumerate() {
                all.push(read(&told.at(format!("statements[{at}]"), statement)?)?);
            }
        }
        Ok(Self(all))
    }

    /// As JSON, about that resource.
    pub(crate) fn about(&self, resource: &str) -> Value {
        let statements = self.0.iter().map(|statement| {
            let mut statement = statement.clone();
            statement
                .entry("Resource")
                .or_insert_with(|| resource.into());
            Value::Object(statement)
        });
        json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
    }
}

fn read(told: &Binding<'_>) -> Result<Map<String, Value>> {
    let mut statement = Map::new();
    for (field, value) in told.fields() {
        let name = match field {
            "sid" => "Sid",
            "effect" => "Effect",
            "principal" => "Principal",
            "action" => "Action",
            "resource" => "Resource",
            "condition" => "Condition",
            _ => return Err(told.refused(field)),
        };
        // A principal by its ARN or its account alone, as the binding has it.
        let value = match (name, value) {
            ("Principal", Value::String(who)) if who != "*" => json!({ "AWS": who }),
            ("Principal", Value::Array(all)) => json!({ "AWS": all }),
            (_, value) => value.clone(),
        };
        statement.insert(name.to_owned(), value);
    }
    Ok(statement)
}
