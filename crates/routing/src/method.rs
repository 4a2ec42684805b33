//! Methods as numbers.

/// Methods that have a number of their own; all others share one.
const KNOWN: [&str; 9] = [
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
];

/// How many numbers there are.
pub(crate) const SLOTS: usize = KNOWN.len() + 1;

/// Every method, as bits of [`slot`]s.
pub(crate) const ALL: u16 = (1 << SLOTS) - 1;

/// The number of a method.
pub(crate) fn slot(method: &str) -> usize {
    let known = KNOWN.iter().position(|known| *known == method);
    known.unwrap_or(KNOWN.len())
}

/// Methods as bits of their numbers; `None` if one shares its number with others.
pub(crate) fn bits<'m>(methods: impl IntoIterator<Item = &'m str>) -> Option<u16> {
    methods.into_iter().try_fold(0, |bits, method| {
        let slot = slot(method);
        (slot < KNOWN.len()).then_some(bits | 1 << slot)
    })
}
