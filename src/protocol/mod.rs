//! STOMP itself: frames, versions, escaping, limits; no input or output.
