//! The message that is measured with: 1 KB of JSON in some fields, as generated code has it.
use tidings_test_nested::{
    Company, CompanyAddress, CompanyBranch, CompanyBranchManager, CompanyProperties,
};

/// The name of the message in the document.
pub(crate) const NAME: &str = "sample";

/// Company number so and so.
pub(crate) fn company(number: usize) -> Company {
    let branch = |branch: usize| {
        let name = format!("Manager of branch {branch} of company {number}");
        CompanyBranch::new().with_manager(CompanyBranchManager::new().with_name(name))
    };
    let properties = CompanyProperties::new().with_properties("none that anybody knows of");
    Company::new(CompanyAddress::new(format!("{number} Harbour Road")))
        .with_branches((10..25).map(branch).collect())
        .with_properties(properties)
}

/// Looks at what came.
pub(crate) fn look_at(company: &Company) {
    std::hint::black_box(company);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_kilobyte() {
        for number in [1, 99_999] {
            let size = serde_json::to_vec(&company(number))
                .expect("it is JSON")
                .len();
            assert!((950..1100).contains(&size), "{size}");
        }
    }
}
