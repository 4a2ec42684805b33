//! Bytes and texts that must not be shown.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The content of a PEM file. It serialises as its file's name and a hash of its bytes: a changed
/// certificate changes the blueprint, and no key ever leaves the process.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem {
    /// The file as the user named it.
    pub file: String,
    /// Its content.
    pub bytes: Arc<[u8]>,
}

impl Pem {
    fn shown(&self) -> String {
        use sha2::{Digest, Sha256};
        let hash: String = Sha256::digest(&self.bytes)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{} sha256:{hash}", self.file)
    }
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pem({})", self.shown())
    }
}

impl Serialize for Pem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}

impl<'de> Deserialize<'de> for Pem {
    /// Reads the shown form back: the name stays, the content does not.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shown = String::deserialize(deserializer)?;
        let file = shown
            .rsplit_once(" sha256:")
            .map_or(shown.as_str(), |(file, _)| file);
        Ok(Self {
            file: file.to_owned(),
            bytes: Arc::from([]),
        })
    }
}

/// A password, key or token. It serialises as a hash, so that a changed secret changes the
/// blueprint and none leaves the process.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Secret(pub Arc<str>);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn shown(&self) -> String {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(self.0.as_bytes());
        let hash: String = hash
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("sha256:{hash}")
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// Reads the shown form back: the secret itself is not in it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|shown| Self(shown.into()))
    }
}
