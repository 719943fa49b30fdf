//! One document a shape of schema: payloads have their stated verdict, and code made from it compiles, reads and writes them.
use super::{Judge, case::Case, crates};
use serde_json::Value;
use std::path::Path;

type Instances = Vec<(Value, bool)>;

pub(crate) fn cases(folder: &Path) -> Vec<(String, Judge)> {
    instances(folder)
        .into_iter()
        .map(|(name, instances)| {
            let judge: Judge = Box::new(move |case| judge(case, &instances));
            (format!("types/{name}.yaml"), judge)
        })
        .collect()
}

/// The payloads of each document and whether they are valid.
pub(crate) fn instances(folder: &Path) -> Vec<(String, Instances)> {
    let text = std::fs::read_to_string(folder.join("types/instances.json")).unwrap_or_default();
    let all: Value = serde_json::from_str(&text).unwrap_or_default();
    let all = all.as_object().into_iter().flatten();
    all.map(|(name, list)| {
        let list = list.as_array().into_iter().flatten();
        let list = list.map(|pair| (pair[0].clone(), pair[1] == true));
        (name.clone(), list.collect())
    })
    .collect()
}

fn judge(case: &mut Case, instances: &[(Value, bool)]) {
    let lines: String = instances
        .iter()
        .map(|(payload, _)| format!("{payload}\n"))
        .collect();
    let run = case.check("", &["--message", "envelope", "--stream"], &lines);
    let counted = run
        .out
        .contains(&format!("\"messages\":{}", instances.len()));
    case.right("message check: all are judged", counted);
    let name = case.file("").display().to_string();
    let built = crates::built(case.folder(), &name);
    case.right(
        "generated code compiles without a warning",
        built.complaint.is_empty(),
    );
    for (index, (payload, valid)) in instances.iter().enumerate() {
        let told = run.out.contains(&format!("\"line\":{},", index + 1));
        let verdict = if *valid { "valid" } else { "invalid" };
        case.right(
            format!("message check: {verdict} {payload}"),
            counted && told != *valid,
        );
        let trip = built.trips.get(index);
        let holds = trip.is_some_and(|trip| {
            let written = trip
                .text
                .as_ref()
                .map(|text| serde_json::from_str::<Value>(text).ok());
            match written {
                Some(written) => *valid && written.as_ref() == Some(payload),
                None => !*valid,
            }
        });
        let right = if *valid {
            "is read and written back equal"
        } else {
            "is refused"
        };
        case.right(format!("generated code: {payload} {right}"), holds);
    }
}
