//! What flags answer, for Prometheus: served on the loopback address, at `/metrics`.
//!
//! `cargo run --example metrics [ADDRESS]`, then `curl 127.0.0.1:9464/metrics`. `monitoring/` has a
//! Grafana dashboard and alerts that read it.

use flags_runtime::Context;
use flags_runtime::observe::MetricsObserver;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[allow(dead_code, reason = "flags.yaml is shared by all examples")]
mod flags {
    flags_runtime::flags!("flags.yaml");
}

use flags::Flags;

/// The address that programs with metrics of OpenTelemetry serve them at.
const ADDRESS: &str = "127.0.0.1:9464";

#[allow(dead_code, reason = "a test serves by itself")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| ADDRESS.to_owned());
    let recorder = observe()?;
    let listener = TcpListener::bind(address)?;
    println!("serving http://{}/metrics; ctrl-c ends", listener.local_addr()?);
    std::thread::spawn(|| {
        for n in 0.. {
            work(n);
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    serve(&listener, &recorder);
    Ok(())
}

/// Installs the recorder, then the observer that counts with it.
pub(crate) fn observe() -> Result<PrometheusHandle, Box<dyn std::error::Error>> {
    let recorder = PrometheusBuilder::new().install_recorder()?;
    Flags::engine().set_observer(MetricsObserver::new());
    Ok(recorder)
}

/// A request of some user, as a program would answer it.
pub(crate) fn work(n: u64) {
    let user = Flags::context(format!("user-{}", n % 1000));
    let _ = Flags::COMMUNITY_FORUMS.enabled(&user);
    let _ = Flags::NEW_UI.enabled(&user);
    let _ = Flags::CHECKOUT_BUTTON_TEST.variant(&user);
    if n.is_multiple_of(10) {
        // No key: a percentage cannot be decided, which is counted as an error.
        let _ = Flags::engine().flag("community.forums").map(|flag| flag.enabled(&Context::anonymous()));
    }
}

/// Answers requests, one after the other, for as long as the listener lives.
pub(crate) fn serve(listener: &TcpListener, recorder: &PrometheusHandle) {
    for stream in listener.incoming().flatten() {
        // Who hangs up misses the answer.
        let _ = answer(&stream, recorder);
    }
}

fn answer(mut stream: &TcpStream, recorder: &PrometheusHandle) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head says nothing that matters here.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let (status, body) = match request.split(' ').nth(1) {
        Some("/metrics") => ("200 OK", recorder.render()),
        _ => ("404 Not Found", "metrics are at /metrics\n".to_owned()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}
