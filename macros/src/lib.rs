//! Makes Rust producers and consumers of an AsyncAPI document where a macro stands: [`include_api!`].
mod arguments;
mod expand;

use proc_macro::TokenStream;
use std::path::PathBuf;

/// The code of a document: what `tidings generate rust --module` writes, without a file.
///
/// The path starts from the package's folder. Behind it stand options, by the names that they have in `tidings.toml` with `_` in the
/// place of `-`; what they do not say is as the nearest `tidings.toml` above the document says.
///
/// ```
/// mod client {
///     tidings_macros::include_api!("../specs/orders.asyncapi.yaml", role = "counterpart", unknown = "drop");
/// }
/// mod events {
///     tidings_macros::include_api!("../specs/orders.asyncapi.yaml", exclude = ["createOrder"], all_schemas = true);
/// }
/// assert_eq!(client::API_VERSION, events::API_VERSION);
/// ```
///
/// `roots` and `proto_path` are folders that references and imports may lead into, `hidden = true` lets them lead to hidden files, and
/// `config` is the file to take in the place of the nearest, or `false` for none. The code is made again when a file changes that it
/// was made of. What is wrong with the document is told at its path, what is wrong with an option at the option.
#[proc_macro]
pub fn include_api(input: TokenStream) -> TokenStream {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    expand::expand(input.into(), &package.unwrap_or_default()).into()
}
