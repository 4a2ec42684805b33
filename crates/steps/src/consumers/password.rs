//! Passwords.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN};
use haleway_blueprint::StoredPassword;

use super::Credential;

type Digest = [u8; SHA1_OUTPUT_LEN];

/// A password that somebody has.
///
/// All are compared as SHA-1 over the password and the consumer's id behind it, which is how Kong
/// keeps them; whoever has only the digest cannot be compared in another way.
#[derive(Debug)]
pub(crate) struct Password {
    pub(crate) credential: Credential,
    /// `None` where what is kept is no digest: no password fits.
    digest: Option<Digest>,
}

impl Password {
    pub(super) fn new(stored: &StoredPassword, credential: Credential) -> Self {
        let digest = match stored {
            StoredPassword::Plain(password) => {
                digest(password.expose().as_bytes(), credential.consumer_id())
            }
            StoredPassword::Sha1WithConsumer(hex) => from_hex(hex.expose().as_bytes()),
        };
        Self { credential, digest }
    }

    /// Whether it is this one.
    pub(crate) fn is(&self, password: &[u8]) -> bool {
        let shown = digest(password, self.credential.consumer_id());
        let (Some(kept), Some(shown)) = (&self.digest, &shown) else {
            return false;
        };
        verify_slices_are_equal(kept, shown).is_ok()
    }
}

impl Credential {
    fn consumer_id(&self) -> &str {
        &self.known.consumer.id
    }
}

fn digest(password: &[u8], consumer: &str) -> Option<Digest> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(password);
    context.update(consumer.as_bytes());
    context.finish().as_ref().try_into().ok()
}

/// Kong compares texts, and its own are in lower case.
fn from_hex(text: &[u8]) -> Option<Digest> {
    if text.len() != 2 * SHA1_OUTPUT_LEN {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; SHA1_OUTPUT_LEN];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
