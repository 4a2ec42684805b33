//! Kong's Admin API and status listener from outside: real connections on loopback, a pretended
//! engine and a hand-made view behind them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod config;
mod entities;
mod health;
mod hostile;
mod node;
mod pretended;
mod wire;
