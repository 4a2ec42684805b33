//! Names with a wildcard: hosts, and names in the TLS handshake.

/// A name, or the part of it that the wildcard leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// This name.
    Exact(Box<str>),
    /// Whatever begins with this text.
    BeginsWith(Box<str>),
    /// Whatever ends with this text.
    EndsWith(Box<str>),
}

impl Name {
    /// Reads `example.com`, `*.example.com` or `example.*`; where a `*` leads, the one that trails
    /// is text.
    pub(crate) fn new(text: &str) -> Self {
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(end), _) => Self::EndsWith(end.into()),
            (None, Some(head)) => Self::BeginsWith(head.into()),
            (None, None) => Self::Exact(text.into()),
        }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(name) => **name == *text,
            Self::BeginsWith(head) => text.starts_with(&**head),
            Self::EndsWith(end) => text.ends_with(&**end),
        }
    }
}
