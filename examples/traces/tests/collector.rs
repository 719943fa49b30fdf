//! A collector, as far as the protocol goes, and what it is sent.
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::mpsc,
    thread,
    time::Duration,
};

/// Reads one request, and answers that all is well.
fn request(stream: TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    reader.get_mut().write_all(answer.as_bytes())?;
    Ok((first, body))
}

#[test]
fn a_collector_is_sent_one_trace() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Ok(request) = request(stream) {
                sender.send(request).ok();
            }
        }
    });
    let ran = Command::new(env!("CARGO_BIN_EXE_traces"))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .output()
        .expect("it runs");
    assert!(ran.status.success(), "{ran:?}");

    let mut spans = Vec::new();
    while let Ok((line, body)) = requests.recv_timeout(Duration::from_millis(500)) {
        assert!(line.starts_with("POST /v1/traces "), "{line}");
        let export = ExportTraceServiceRequest::decode(&*body).expect("it is OTLP");
        let scopes = export.resource_spans.into_iter();
        let scopes = scopes.flat_map(|resource| resource.scope_spans);
        spans.extend(scopes.flat_map(|scope| scope.spans));
    }
    spans.sort_by_key(|span| span.start_time_unix_nano);
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    let expected = [
        "create orders",
        "process orders",
        "create orders.placed",
        "process orders.placed",
    ];
    assert_eq!(names, expected);
    for (parent, child) in spans.iter().zip(&spans[1..]) {
        assert_eq!(parent.trace_id, child.trace_id);
        assert_eq!(parent.span_id, child.parent_span_id, "{}", child.name);
    }
}
