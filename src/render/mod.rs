//! Messages into text for people, pipes and files.
