//! What only a network can show: loss, repetition and lateness, several receivers on one machine, and programs that know only the
//! crate's documentation.
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use std::{
    net::UdpSocket,
    process::{Child, Command, ExitCode, Stdio},
    time::Duration,
};
use tidings::{
    Bindings, BoxError, Channel, ErrorKind, Message, Registry, Server, SubscribeSpec, Transport,
    connect,
    transport::{Event, Group, Start, State, Subscription},
};
use tidings_multicast::{MulticastConnector, MulticastSettings, MulticastTransport};
use tokio::time::{Instant, sleep, timeout};

type Outcome<T = ()> = Result<T, BoxError>;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let trials = vec![
        trial("what-is-missing-is-told-once", what_is_missing_is_told_once),
        trial("what-comes-twice-or-late-is-there-once", twice_or_late),
        trial("everybody-on-one-machine-gets-everything", everybody),
        trial("groups-of-one-port-are-apart", groups_are_apart),
        trial("nonsense-harms-nobody", nonsense_harms_nobody),
        trial("what-is-too-large-is-named", what_is_too_large_is_named),
        trial("what-there-is-not-is-named", what_there_is_not_is_named),
        trial("a-group-of-ipv6-is-one", ipv6),
        with_python("python-receives-as-documented", python_receives),
        with_python("python-sends-as-documented", python_sends),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial<F>(name: &str, check: fn() -> F) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Runtime::new()?;
        let outcome = runtime.block_on(async { timeout(PATIENCE, check()).await });
        let outcome = outcome.map_err(|_| Failed::from("not done in time"))?;
        outcome.map_err(|error| error.to_string().into())
    })
}

fn with_python<F>(name: &str, check: fn() -> F) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    let version = Command::new("python3").arg("--version").output();
    match version.is_ok() {
        true => trial(name, check),
        false => trial(name, check)
            .with_kind("python3 is not installed")
            .with_ignored_flag(true),
    }
}

/// A group that only this test has: a port that was free.
fn place() -> Outcome<(String, u16)> {
    let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok(("239.255.77.7".to_owned(), port))
}

fn url((group, port): &(String, u16)) -> String {
    format!("udp://{group}:{port}?interface=127.0.0.1&hops=0")
}

fn channel() -> Channel {
    Channel::publish_subscribe("prices")
}

async fn publish(transport: &MulticastTransport, message: Message) -> tidings::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut outcomes = transport.publish(&channel(), &[message], deadline).await;
    outcomes.pop().unwrap_or(Ok(()))
}

/// What comes next: bodies, or how many are lost.
async fn next(subscription: &mut impl Subscription) -> Outcome<String> {
    Ok(match subscription.next(1).await? {
        Event::Deliveries(all) => {
            let body = all.first().map(|first| first.message.body.to_vec());
            String::from_utf8(body.unwrap_or_default())?
        }
        Event::Lost { count } => format!("{count:?} lost"),
        other => format!("{other:?}"),
    })
}

/// Sends as a program does that knows only the documentation.
struct Foreign {
    socket: UdpSocket,
    to: (String, u16),
}

impl Foreign {
    fn at(place: &(String, u16)) -> Outcome<Self> {
        // Its address is the interface that it sends by.
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let to = place.clone();
        Ok(Self { socket, to })
    }

    fn send(&self, bytes: &[u8]) -> Outcome {
        self.socket.send_to(bytes, (&*self.to.0, self.to.1))?;
        Ok(())
    }

    fn frame(&self, number: u64) -> Outcome {
        let head = br#"{"channel":"prices"}"#;
        let mut bytes = b"TIDINGS\x01".to_vec();
        bytes.extend([9; 16]);
        bytes.extend(number.to_be_bytes());
        bytes.extend(u16::try_from(head.len())?.to_be_bytes());
        bytes.extend(head);
        bytes.extend(number.to_string().bytes());
        self.send(&bytes)
    }
}

async fn what_is_missing_is_told_once() -> Outcome {
    let place = place()?;
    let transport = MulticastTransport::open(&url(&place))?;
    let mut subscription = transport.subscribe(&SubscribeSpec::new(channel())).await?;
    let foreign = Foreign::at(&place)?;
    for number in [1, 2, 5] {
        foreign.frame(number)?;
    }
    for expected in ["1", "2", "5", "Some(2) lost"] {
        assert_eq!(next(&mut subscription).await?, expected);
    }
    foreign.frame(6)?;
    assert_eq!(next(&mut subscription).await?, "6");
    let more = timeout(Duration::from_millis(300), subscription.next(1)).await;
    assert!(more.is_err(), "{more:?}");
    Ok(())
}

async fn twice_or_late() -> Outcome {
    let place = place()?;
    let transport = MulticastTransport::open(&url(&place))?;
    let mut subscription = transport.subscribe(&SubscribeSpec::new(channel())).await?;
    let foreign = Foreign::at(&place)?;
    for number in [2, 1, 1, 4, 2, 3, 4, 5] {
        foreign.frame(number)?;
    }
    for expected in ["2", "1", "4", "3", "5"] {
        assert_eq!(next(&mut subscription).await?, expected);
    }
    let more = timeout(Duration::from_millis(300), subscription.next(1)).await;
    assert!(more.is_err(), "{more:?}");
    Ok(())
}

async fn everybody() -> Outcome {
    let place = place()?;
    let open = || MulticastTransport::open(&url(&place));
    let (one, other) = (open()?, open()?);
    let spec = SubscribeSpec::new(channel());
    let mut all = [one.subscribe(&spec).await?, one.subscribe(&spec).await?];
    let mut others = [other.subscribe(&spec).await?, other.subscribe(&spec).await?];
    for number in 0..100 {
        let from = if number % 2 == 0 { &one } else { &other };
        publish(from, Message::new(number.to_string())).await?;
    }
    for subscription in all.iter_mut().chain(&mut others) {
        let mut came = Vec::new();
        while came.len() < 100 {
            came.push(next(subscription).await?.parse::<u32>()?);
        }
        came.sort_unstable();
        assert!(came.into_iter().eq(0..100));
    }
    Ok(())
}

async fn groups_are_apart() -> Outcome {
    let (group, port) = place()?;
    let one = MulticastTransport::open(&url(&(group, port)))?;
    let other = MulticastTransport::open(&url(&("239.255.77.8".to_owned(), port)))?;
    let spec = SubscribeSpec::new(channel());
    let mut subscription = one.subscribe(&spec).await?;
    let _other = other.subscribe(&spec).await?;
    publish(&other, Message::new("others'")).await?;
    publish(&one, Message::new("ours")).await?;
    assert_eq!(next(&mut subscription).await?, "ours");
    Ok(())
}

async fn nonsense_harms_nobody() -> Outcome {
    let place = place()?;
    let transport = MulticastTransport::open(&url(&place))?;
    let mut subscription = transport.subscribe(&SubscribeSpec::new(channel())).await?;
    let foreign = Foreign::at(&place)?;
    for bytes in [
        &b""[..],
        b"x",
        &[0; 60_000],
        b"TIDINGS\x01 and no more than that",
    ] {
        foreign.send(bytes)?;
    }
    // Streams without an end, each of which is heard once.
    for stream in 0..20_000_u32 {
        let mut bytes = b"TIDINGS\x01".to_vec();
        bytes.extend([0; 12]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(1_u64.to_be_bytes());
        bytes.extend(20_u16.to_be_bytes());
        bytes.extend(br#"{"channel":"prices"}"#);
        bytes.extend(b"flood");
        foreign.send(&bytes)?;
        if stream % 100 == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }
    let quiet = Duration::from_millis(300);
    while timeout(quiet, subscription.next(1000)).await.is_ok() {}
    publish(&transport, Message::new("ours")).await?;
    assert_eq!(next(&mut subscription).await?, "ours");
    Ok(())
}

async fn what_is_too_large_is_named() -> Outcome {
    let settings = MulticastSettings::default().with_message_bytes(1200);
    let transport = MulticastTransport::open_with(&url(&place()?), settings)?;
    let error = publish(&transport, Message::new(vec![0; 1201])).await;
    let error = error.err().ok_or("it was taken")?;
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let text = error.to_string();
    assert!(text.contains("1201 bytes, of at most 1200"), "{text}");
    assert!(text.contains("`prices`"), "{text}");
    let transport = MulticastTransport::open(&url(&place()?))?;
    let mut quoted = Message::new("");
    quoted.set_header("quoted", vec![b'"'; 40_000]);
    let error = publish(&transport, quoted).await.err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::TooLarge));
    publish(&transport, Message::new(vec![0; 60_000])).await?;
    Ok(())
}

async fn what_there_is_not_is_named() -> Outcome {
    let place = place()?;
    let transport = MulticastTransport::open(&url(&place))?;
    let subscribe = async |spec| {
        let error = transport.subscribe(&spec).await.err();
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    let spec = || SubscribeSpec::new(channel());
    let queue = SubscribeSpec::new(Channel::point_to_point("orders"));
    let told = || Bindings::new([("udp", json!({ "ttl": 2 }))]);
    let bound = SubscribeSpec::new(channel().with_bindings(told()));
    for (error, says) in [
        (subscribe(queue).await, "use a publish-subscribe channel"),
        (subscribe(bound).await, "`ttl` of the `udp` binding"),
        (
            subscribe(spec().group(Group::Shared("g".into()))).await,
            "without a group",
        ),
        (
            subscribe(spec().start(Start::Oldest)).await,
            "nothing is kept",
        ),
    ] {
        assert!(error.contains(says), "{error}");
    }
    let away = "udp://239.255.77.7:1?interface=192.0.2.1";
    let error = MulticastTransport::open(away).err();
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(
        error.contains("name an interface") && error.contains(away),
        "{error}"
    );
    let registry = Registry::new().with(MulticastConnector::default());
    let server = Server::new("udp", url(&place));
    connect(&server, &registry).await?;
    let secured = server.clone().with_scheme("token", "httpApiKey");
    let bound = server.with_bindings(told());
    for (server, says) in [(secured, "`token`"), (bound, "`ttl` of the `udp` binding")] {
        let error = connect(&server, &registry).await.err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(says), "{error}");
    }
    transport.close(PATIENCE).await?;
    assert_eq!(*transport.state().borrow(), State::Closed);
    Ok(())
}

/// By the interface that the routes name, if there is one.
async fn ipv6() -> Outcome {
    let (_, port) = place()?;
    let transport = MulticastTransport::open(&format!("udp://[ff15::77]:{port}?hops=0"))?;
    let spec = SubscribeSpec::new(channel());
    let Ok(mut subscription) = transport.subscribe(&spec).await else {
        return Ok(());
    };
    publish(&transport, Message::new("six")).await?;
    assert_eq!(next(&mut subscription).await?, "six");
    Ok(())
}

/// The program of the documentation, at that place.
fn receiver((group, port): &(String, u16)) -> Outcome<Child> {
    let readme = include_str!("../README.md");
    let program = readme.split("```python\n").nth(1).ok_or("no program")?;
    let program = program.split("```").next().unwrap_or_default();
    let here = format!("group, port = {group:?}, {port}");
    let there = r#"group, port = "239.255.0.1", 7400"#;
    assert!(program.contains(there));
    let child = Command::new("python3")
        .args(["-u", "-c", &program.replace(there, &here)])
        .stdout(Stdio::piped())
        .spawn()?;
    Ok(child)
}

async fn python_receives() -> Outcome {
    let place = place()?;
    let transport = MulticastTransport::open(&url(&place))?;
    let mut child = receiver(&place)?;
    let output = child.stdout.take().ok_or("no output")?;
    let line = tokio::task::spawn_blocking(move || {
        use std::io::{BufRead, BufReader};
        BufReader::new(output).lines().next()
    });
    let mut message = Message::named("Price", "application/json", r#"{"value":1}"#);
    message.set_header("unit", "EUR");
    let id = message.id.to_string();
    let line = {
        tokio::pin!(line);
        loop {
            publish(&transport, message.clone()).await?;
            if let Ok(line) = timeout(Duration::from_millis(50), &mut line).await {
                break line?;
            }
        }
    };
    child.kill()?;
    child.wait()?;
    let expected = format!(r#"prices {id} b'{{"value":1}}'"#);
    assert_eq!(line.ok_or("it said nothing")??, expected);
    Ok(())
}

async fn python_sends() -> Outcome {
    const SENDS: &str = r#"
import json, socket, struct, sys, uuid

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
head = {"channel": "prices", "name": "Price", "contentType": "application/json", "key": "a",
        "headers": [["unit", "EUR"], ["raw", {"base64": "yA=="}]]}
head = json.dumps(head).encode()
frame = struct.pack(">8s16sQH", b"TIDINGS\x01", uuid.uuid4().bytes, 1, len(head)) + head + b'{"value":1}'
sender.sendto(frame, (sys.argv[1], int(sys.argv[2])))
"#;
    let place = place()?;
    let transport = MulticastTransport::open(&url(&place))?;
    let mut subscription = transport.subscribe(&SubscribeSpec::new(channel())).await?;
    let port = place.1.to_string();
    let sent = Command::new("python3")
        .args(["-c", SENDS, &place.0, &port])
        .status()?;
    assert!(sent.success());
    let Event::Deliveries(all) = subscription.next(1).await? else {
        return Err("nothing was delivered".into());
    };
    let message = &all.first().ok_or("nothing came")?.message;
    assert_eq!(message.name.as_deref(), Some("Price"));
    assert_eq!(message.key.as_deref(), Some(&b"a"[..]));
    assert_eq!(
        message.header("unit").map(|unit| &unit[..]),
        Some(&b"EUR"[..])
    );
    assert_eq!(message.header("raw").map(|raw| &raw[..]), Some(&[200][..]));
    assert_eq!(&message.body[..], br#"{"value":1}"#);
    Ok(())
}
