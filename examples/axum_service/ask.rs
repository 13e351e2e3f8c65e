//! The questions that the example asks itself, and their answers as it prints them. No part of the service.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// What differs from build to build, or from run to run.
const DIFFERS: [&str; 3] = ["contract", "loaded_at", "version"];

const QUESTIONS: [(&str, &[&str]); 8] = [
    ("/", &["x-user: user-1"]),
    ("/", &["x-user: user-2"]),
    ("/", &[]),
    ("/reports", &["x-user: user-1", "x-plan: premium"]),
    ("/reports", &["x-user: user-7", "x-plan: premium"]),
    ("/reports", &["x-user: user-3", "x-plan: free"]),
    ("/reports", &["x-user: user-4", "x-plan: premum"]),
    ("/health", &[]),
];

pub(crate) fn ask(address: SocketAddr) -> io::Result<()> {
    for (path, headers) in QUESTIONS {
        println!("{}", format!("GET {path}  {}", headers.join(", ")).trim_end());
        let (status, body) = get(address, path, headers)?;
        let shown = serde_json::from_str(&body).map_or(body, pretty);
        println!("    {status}");
        shown.lines().for_each(|line| println!("    {line}"));
    }
    Ok(())
}

fn get(address: SocketAddr, path: &str, headers: &[&str]) -> io::Result<(String, String)> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n")?;
    for header in headers {
        write!(stream, "{header}\r\n")?;
    }
    write!(stream, "\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).unwrap_or(head);
    Ok((status.to_owned(), body.to_owned()))
}

/// The JSON on lines of its own, with an ellipsis for what differs.
fn pretty(mut json: Value) -> String {
    for name in DIFFERS {
        if let Some(value) = json.get_mut(name) {
            *value = "…".into();
        }
    }
    format!("{json:#}")
}
