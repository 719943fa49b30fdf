//! What a page holds, told from its markup by an HTML tokenizer.
#[cfg(test)]
mod around;
#[cfg(test)]
mod bidi;
#[cfg(test)]
mod bindings;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod drawn;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod markup;
#[cfg(test)]
mod outline;
#[cfg(test)]
mod parsed;
#[cfg(test)]
mod place;
#[cfg(test)]
mod protobuf;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod site;
#[cfg(test)]
mod text;
#[cfg(test)]
mod way;
#[cfg(test)]
mod whole;
