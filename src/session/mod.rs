//! What a connection knows.
