//! What a queue's policy says of a topic that is to send to it, and the policy with one statement more. Whatever it says stays.
use serde_json::{Map, Value, json};

const SENDING: &str = "sqs:sendmessage";
const SERVICE: &str = "sns.amazonaws.com";

/// What a policy says of a topic. What is not understood says nothing: it neither lets a topic send nor keeps it from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Allowed,
    Denied,
    Nothing,
}

/// The policy of a queue, or none where it makes no sense.
pub(crate) struct Policy<'a> {
    all: Map<String, Value>,
    statements: Vec<Value>,
    queue: &'a str,
}

impl<'a> Policy<'a> {
    /// Reads the policy of that queue, which may have none.
    pub(crate) fn read(text: &str, queue: &'a str) -> Option<Self> {
        let mut all = match text {
            "" => Map::from_iter([("Version".to_owned(), "2012-10-17".into())]),
            text => serde_json::from_str(text).ok()?,
        };
        let statements = match all.remove("Statement") {
            None => Vec::new(),
            Some(Value::Array(several)) => several,
            Some(one @ Value::Object(_)) => vec![one],
            Some(_) => return None,
        };
        statements.iter().all(Value::is_object).then_some(Self {
            all,
            statements,
            queue,
        })
    }

    pub(crate) fn of(&self, topic: &str) -> Says {
        let of = |effect: &str| {
            let mut all = self.statements.iter();
            all.any(|one| one["Effect"] == effect && self.is_about(one, topic))
        };
        match (of("Deny"), of("Allow")) {
            (true, _) => Says::Denied,
            (false, true) => Says::Allowed,
            (false, false) => Says::Nothing,
        }
    }

    /// As JSON, where the topic may send.
    pub(crate) fn allowing(mut self, topic: &str) -> String {
        self.statements.push(json!({
            "Effect": "Allow", "Principal": { "Service": SERVICE }, "Action": "sqs:SendMessage",
            "Resource": self.queue, "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
        }));
        self.text()
    }

    /// As JSON.
    pub(crate) fn text(mut self) -> String {
        let statements = self.statements.into();
        self.all.insert("Statement".to_owned(), statements);
        Value::Object(self.all).to_string()
    }

    /// Whether a statement is, for all that is said in it, about that topic's sending.
    fn is_about(&self, statement: &Value, topic: &str) -> bool {
        let actions = texts(&statement["Action"]);
        let resources = texts(&statement["Resource"]);
        let mut conditions = statement["Condition"].as_object().into_iter().flatten();
        is_everybody(&statement["Principal"])
            && actions
                .iter()
                .any(|action| fits(&action.to_ascii_lowercase(), SENDING))
            && resources.iter().any(|resource| fits(resource, self.queue))
            && conditions.all(|(operator, keys)| holds(operator, keys, topic))
    }
}

/// Whether a principal is everybody, or SNS.
fn is_everybody(principal: &Value) -> bool {
    let any = |name: &str, wanted: &str| texts(&principal[name]).contains(&wanted);
    *principal == "*" || any("AWS", "*") || any("Service", SERVICE)
}

/// Whether a condition holds for what that topic sends, as far as it is about the topic or its account.
fn holds(operator: &str, keys: &Value, topic: &str) -> bool {
    let is_wanted = match operator {
        "ArnEquals" | "ArnLike" | "StringEquals" | "StringLike" => true,
        "ArnNotEquals" | "ArnNotLike" | "StringNotEquals" | "StringNotLike" => false,
        _ => return false,
    };
    let is_exact = operator.starts_with("String") && operator.ends_with("Equals");
    let same = |wanted: &str, found: &str| match is_exact {
        true => wanted == found,
        false => fits(wanted, found),
    };
    let account = topic.split(':').nth(4).unwrap_or_default();
    let Some(keys) = keys.as_object() else {
        return false;
    };
    keys.iter().all(|(key, values)| {
        let found = match &*key.to_ascii_lowercase() {
            "aws:sourcearn" => topic,
            "aws:sourceaccount" => account,
            _ => return false,
        };
        texts(values).iter().any(|wanted| same(wanted, found)) == is_wanted
    })
}

/// One text, or several.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// Whether a text is as wanted, where `*` stands for anything.
fn fits(wanted: &str, text: &str) -> bool {
    let Some((begin, rest)) = wanted.split_once('*') else {
        return wanted == text;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = text.strip_prefix(begin) else {
        return false;
    };
    for part in middle.split('*') {
        let Some((_, behind)) = left.split_once(part) else {
            return false;
        };
        left = behind;
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:1:q";
    const TOPIC: &str = "arn:aws:sns:eu-west-1:1:orders";

    fn says(policy: &str) -> Says {
        let policy = Policy::read(policy, QUEUE);
        policy.expect("it makes sense").of(TOPIC)
    }

    fn allowing(policy: &str, topic: &str) -> String {
        let policy = Policy::read(policy, QUEUE);
        policy.expect("it makes sense").allowing(topic)
    }

    fn one(changed: &[(&str, Value)]) -> String {
        let mut policy: Value = serde_json::from_str(&allowing("", TOPIC)).expect("it is JSON");
        for (name, value) in changed {
            policy["Statement"][0][name] = value.clone();
        }
        policy.to_string()
    }

    #[test]
    fn only_the_topic_itself_may_send() {
        assert_eq!(says(""), Says::Nothing);
        assert_eq!(says(&allowing("", TOPIC)), Says::Allowed);
        for other in ["-events", ".fifo"] {
            let policy = allowing("", &format!("{TOPIC}{other}"));
            assert_eq!(says(&policy), Says::Nothing, "{policy}");
        }
    }

    #[test]
    fn what_lets_it_send_is_known() {
        let like = json!({ "ArnLike": { "aws:SourceArn": ["arn:b", "arn:aws:sns:*:*:ord*rs"] } });
        let account = json!({ "StringEquals": { "aws:SourceAccount": "1" } });
        let deny = json!("Deny");
        let not = json!({ "ArnNotEquals": { "aws:SourceArn": [TOPIC] } });
        let other = json!({ "ArnNotEquals": { "aws:SourceArn": ["arn:b"] } });
        let secure = json!({ "Bool": { "aws:SecureTransport": "false" } });
        for (changed, expected) in [
            (vec![("Condition", like)], Says::Allowed),
            (vec![("Condition", account)], Says::Allowed),
            (vec![("Action", json!(["SQS:*"]))], Says::Allowed),
            (vec![("Principal", json!({ "AWS": "*" }))], Says::Allowed),
            (vec![("Resource", json!("arn:aws:sqs:*"))], Says::Allowed),
            (vec![("Action", json!("sqs:ReceiveMessage"))], Says::Nothing),
            (vec![("Principal", json!({ "AWS": "1" }))], Says::Nothing),
            (vec![("Resource", json!("arn:aws:sqs:*:r"))], Says::Nothing),
            (vec![("Condition", secure.clone())], Says::Nothing),
            (vec![("Effect", deny.clone())], Says::Denied),
            (
                vec![("Effect", deny.clone()), ("Condition", other)],
                Says::Denied,
            ),
            (
                vec![("Effect", deny.clone()), ("Condition", not)],
                Says::Nothing,
            ),
            (vec![("Effect", deny), ("Condition", secure)], Says::Nothing),
        ] {
            assert_eq!(says(&one(&changed)), expected, "{changed:?}");
        }
        let denied = one(&[("Effect", json!("Deny"))]);
        assert_eq!(says(&allowing(&denied, TOPIC)), Says::Denied);
    }

    #[test]
    fn what_a_policy_says_stays() {
        let single = r#"{"Id":"mine","Version":"2008-10-17","Statement":{"Effect":"Deny","Action":"sqs:*"}}"#;
        let both = allowing(&allowing(single, TOPIC), "arn:u");
        let read: Value = serde_json::from_str(&both).expect("it is JSON");
        assert_eq!(
            (&read["Id"], &read["Version"]),
            (&"mine".into(), &"2008-10-17".into())
        );
        let statements = read["Statement"].as_array().expect("they are several");
        assert_eq!(
            statements[0],
            json!({ "Effect": "Deny", "Action": "sqs:*" })
        );
        let topics = statements[1..].iter();
        let topics = topics.map(|one| &one["Condition"]["ArnEquals"]["aws:SourceArn"]);
        assert_eq!(topics.collect::<Vec<_>>(), [TOPIC, "arn:u"]);
        for odd in [
            "no JSON",
            "[]",
            r#"{"Statement":"x"}"#,
            r#"{"Statement":[1]}"#,
        ] {
            assert!(Policy::read(odd, QUEUE).is_none(), "{odd}");
        }
    }
}
