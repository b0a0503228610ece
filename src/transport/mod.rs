//! Byte streams to and from brokers.
