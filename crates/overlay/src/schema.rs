//! The JSON schema of the overlay, for editors.

/// The schema: what `haleway schema overlay` prints.
pub const SCHEMA: &str = include_str!("../overlay.schema.json");

#[cfg(test)]
mod tests;
