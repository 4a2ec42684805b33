//! Cipher suites and key exchange groups by their registered numbers, as far as they are spoken.

/// Numbers and IANA names of the cipher suites of TLS 1.2 that are spoken.
const TLS_1_2: &[(i64, &str)] = &[
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
];

/// The cipher suites of TLS 1.3. Go always offers them: its list is about TLS 1.2 only.
pub(crate) const TLS_1_3: &[(i64, &str)] = &[
    (0x1301, "TLS_AES_128_GCM_SHA256"),
    (0x1302, "TLS_AES_256_GCM_SHA384"),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
];

/// Numbers of the key exchange groups that are spoken: P-256, P-384, X25519 and its hybrid.
const GROUPS: &[i64] = &[23, 24, 29, 4588];

/// The name of a cipher suite that is spoken.
pub(crate) fn suite(number: i64) -> Option<&'static str> {
    TLS_1_2
        .iter()
        .chain(TLS_1_3)
        .find(|(it, _)| *it == number)
        .map(|(_, name)| *name)
}

/// A key exchange group that is spoken.
pub(crate) fn group(number: i64) -> Option<u16> {
    GROUPS
        .contains(&number)
        .then(|| u16::try_from(number).ok())
        .flatten()
}
