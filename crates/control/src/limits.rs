//! The named limits of the admin listener.

use std::time::Duration;

/// Connections open at once; further ones wait in the system's queue.
pub(crate) const CONNECTIONS_MAX: usize = 64;

/// Bytes of a request's head; more is answered with 431.
pub(crate) const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Header fields of a request; more are answered with 431.
pub(crate) const HEADERS_MAX: usize = 64;

/// Time for a TLS handshake.
pub(crate) const HANDSHAKE_MAX: Duration = Duration::from_secs(15);

/// Time for a request's head, waiting for the next one on a kept connection included.
pub(crate) const HEAD_READ_TIMEOUT: Duration = Duration::from_secs(15);

/// Time after which a connection gets no further request.
pub(crate) const CONNECTION_AGE_MAX: Duration = Duration::from_secs(300);

/// Time for the last answer of a connection that is being closed.
pub(crate) const CONNECTION_END_MAX: Duration = Duration::from_secs(60);

/// Pause after an error of `accept`, such as running out of file descriptors.
pub(crate) const ACCEPT_ERROR_PAUSE: Duration = Duration::from_millis(100);

/// Clients that listen to server-sent events at once.
pub(crate) const EVENT_SUBSCRIBERS_MAX: usize = 16;

/// Time between two looks for new events.
pub(crate) const EVENTS_LOOK_EVERY: Duration = Duration::from_millis(200);

/// Looks without an event after which a sign of life is sent.
pub(crate) const EVENTS_ALIVE_EVERY: u32 = 75;

/// Bytes of a configuration that is posted (Kong: `nginx_admin_client_max_body_size`); more is
/// answered with 413.
pub(crate) const POSTED_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Time for the body of a request.
pub(crate) const BODY_READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Entities on a page of a list where nothing else is asked for (Kong's default).
pub(crate) const PAGE_SIZE: usize = 100;

/// Entities on a page of a list at most (Kong's limit).
pub(crate) const PAGE_SIZE_MAX: usize = 1000;

/// Places of a list of errors; one at a place behind is left out.
pub(crate) const FAULT_PLACES_MAX: usize = 32_768;
