//! Integration tests: each case on each broker, through the library and through the program.
//!
//! ```text
//! brokers.rs        the brokers, and in one table what each departs from
//! harness.rs        which cases run where; the tally
//! on.rs             what a case has in hand: a broker, a version, destinations, clients, the program
//! talk.rs           a client of the library, one message after the other
//! figures.rs        how deep a queue is, asked of the broker's own management
//! held.rs           a queue on a broker that makes one only for a subscriber
//! connecting.rs     versions, logins, TLS, WebSocket     messages.rs       what is sent arrives
//! acks.rs           ack modes, ACK, NACK                 transactions.rs   BEGIN, COMMIT, ABORT
//! heart_beats.rs    watched on the wire                  one_shots.rs      send and sub in pipelines
//! streams.rs        large bodies, many messages          queues.rs         whole queues
//! doctor.rs         each step of the way, on each broker
//! dialects.rs       durable subscriptions, browsers, temporary queues
//! scripts.rs        commands from a pipe or a file       failures.rs       what goes wrong, and is said
//! headers.rs        headers that a user gives, in every command
//! spring.rs         no receipts, and frames that overtake one another
//! ```
//!
//! The embedded broker is always there. RabbitMQ, ActiveMQ, Spring's simple broker and its relay are where
//! STOMP_TEST_RABBITMQ, _ACTIVEMQ, _SPRING and _SPRING_RELAY say (`eval "$(.ci/brokers.sh start)"`); where they
//! are not, their cases count as ignored, unless STOMP_TEST_BROKERS=required. STOMP_TEST_BROKERS=all wants the
//! other brokers too.
#![allow(clippy::unwrap_used)] // a failure here is the test's
#![allow(unreachable_pub, missing_docs)] // a program, whose modules use each other

mod acks;
mod bench;
mod brokers;
mod connecting;
mod dialects;
mod doctor;
mod failures;
mod figures;
mod harness;
mod headers;
mod heart_beats;
mod held;
mod losses;
mod messages;
mod on;
mod one_shots;
mod queues;
mod scripts;
mod spring;
mod streams;
mod talk;
mod transactions;

#[path = "../support/mod.rs"]
mod support;

use support::stomp;

#[path = "../faults/proxy.rs"]
#[allow(dead_code, unreachable_pub)] // shared with the tests of faults
mod proxy;

#[path = "../faults/tape.rs"]
#[allow(dead_code, unreachable_pub)] // as above
mod tape;

fn main() {
    let cases = [
        connecting::cases(),
        doctor::cases(),
        messages::cases(),
        acks::cases(),
        transactions::cases(),
        heart_beats::cases(),
        one_shots::cases(),
        streams::cases(),
        queues::cases(),
        bench::cases(),
        dialects::cases(),
        scripts::cases(),
        failures::cases(),
        headers::cases(),
        losses::cases(),
        spring::cases(),
    ];
    harness::main(&cases.concat());
}
