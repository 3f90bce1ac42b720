//! The codec natively: `codec (events | xml | wbxml) FILE COUNT` reads a message so many times and prints the microseconds that one reading
//! takes, its end included; `codec (to-xml | to-wbxml) FILE COUNT` writes the message of that file, in XML or WBXML.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a program that is run by the bench alone"
)]

#[path = "work.rs"]
mod work;

use std::hint::black_box;
use std::time::Instant;

use omadm::{Encoding, Limits, Message};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, file, count] = arguments.as_slice() else {
        // Also what `cargo test` calls, without any argument.
        return;
    };
    let body = std::fs::read(file).unwrap();
    let count: u32 = count.parse().unwrap();
    let read = || {
        let encoding = Encoding::detect(None, &body).unwrap();
        Message::decode(&body, encoding, &Limits::UNBOUNDED).unwrap()
    };
    let took = match what.as_str() {
        "events" => time(count, || work::events(&body)),
        "xml" => time(count, || work::decode(&body, Encoding::Xml)),
        "wbxml" => time(count, || work::decode(&body, Encoding::Wbxml)),
        "to-xml" => {
            let message = read();
            time(count, || work::encode(&message, Encoding::Xml).len())
        }
        "to-wbxml" => {
            let message = read();
            time(count, || work::encode(&message, Encoding::Wbxml).len())
        }
        _ => panic!("{what}?"),
    };
    println!("{took}");
}

/// Microseconds that one call takes, once it has warmed up.
fn time(count: u32, work: impl Fn() -> usize) -> f64 {
    let run = |count: u32| {
        for _ in 0..count {
            black_box(work());
        }
    };
    run(1 + count / 10);
    let start = Instant::now();
    run(count);
    start.elapsed().as_secs_f64() * 1e6 / f64::from(count)
}
