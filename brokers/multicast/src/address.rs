//! Which group, by which interface, and how far: `udp://239.255.0.1:7400?interface=192.0.2.7&hops=1`.
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6},
    str::FromStr,
};
use tidings::{Error, ErrorKind, Result};

/// What documents call the protocol.
pub(crate) const PROTOCOL: &str = "udp";

/// An interface, as the operating system takes it: by an address of it for IPv4, by its number for IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    /// The one that the operating system's routes name.
    Any,
    Address(Ipv4Addr),
    Number(u32),
}

/// Where messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) group: SocketAddr,
    pub(crate) interface: Interface,
    /// How many networks they cross; 1 is the own one.
    pub(crate) hops: u8,
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = |reason: &str| invalid(text, reason);
        let rest = text
            .strip_prefix("udp:")
            .ok_or_else(|| invalid("is not `udp://GROUP:PORT`"))?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (group, options) = rest.split_once('?').unwrap_or((rest, ""));
        let group = group.strip_suffix('/').unwrap_or(group);
        let group: SocketAddr = group.parse().map_err(|_| {
            invalid(
                "has no group and port; write `udp://239.255.0.1:7400`, or `udp://[ff15::1]:7400`",
            )
        })?;
        if !group.ip().is_multicast() {
            return Err(invalid(
                "is no multicast group; these are 224.0.0.0 to 239.255.255.255, and those that begin with `ff`",
            ));
        }
        let mut address = Self {
            group,
            interface: Interface::Any,
            hops: 1,
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            address.take(option).map_err(invalid)?;
        }
        Ok(address)
    }
}

impl Address {
    fn take(&mut self, option: &str) -> std::result::Result<(), &'static str> {
        match (option.split_once('='), self.group.ip()) {
            (Some(("interface", value)), IpAddr::V4(_)) => {
                let address = value.parse().map_err(
                    |_| "has an `interface` that is no IPv4 address of this machine, such as `interface=192.0.2.7`",
                )?;
                self.interface = Interface::Address(address);
            }
            (Some(("interface", value)), IpAddr::V6(group)) => {
                let number = value.parse().map_err(
                    |_| "has an `interface` that is no number of one, such as `interface=2`",
                )?;
                self.interface = Interface::Number(number);
                // Groups of one network only are its own on each interface.
                self.group = SocketAddrV6::new(group, self.group.port(), 0, number).into();
            }
            (Some(("hops", value)), _) => {
                self.hops = value
                    .parse()
                    .map_err(|_| "has `hops` that are no number from 0 to 255")?;
            }
            _ => return Err("has an option that there is not; there are `interface` and `hops`"),
        }
        Ok(())
    }
}

fn invalid(text: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Invalid, "address", reason).with("address", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_both_kinds_are_read_with_their_options() {
        let read = |text: &str| text.parse::<Address>().ok();
        let group = |text: &str| text.parse().expect("it is one");
        let plain = Address {
            group: group("239.255.0.1:7400"),
            interface: Interface::Any,
            hops: 1,
        };
        for text in [
            "udp://239.255.0.1:7400",
            "udp:239.255.0.1:7400/",
            "udp://239.255.0.1:7400?",
        ] {
            assert_eq!(read(text), Some(plain), "{text}");
        }
        let here = Interface::Address(Ipv4Addr::LOCALHOST);
        let told = Address {
            interface: here,
            hops: 3,
            ..plain
        };
        let text = "udp://239.255.0.1:7400?interface=127.0.0.1&hops=3";
        assert_eq!(read(text), Some(told));
        let sixth = Address {
            group: group("[ff15::1%2]:7400"),
            interface: Interface::Number(2),
            hops: 0,
        };
        assert_eq!(read("udp://[ff15::1]:7400?hops=0&interface=2"), Some(sixth));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, says) in [
            ("", "`udp://GROUP:PORT`"),
            ("tcp://239.255.0.1:1", "`udp://GROUP:PORT`"),
            ("udp://239.255.0.1", "no group and port"),
            ("udp://localhost:1", "no group and port"),
            ("udp://127.0.0.1:1", "no multicast group"),
            ("udp://[::1]:1", "no multicast group"),
            ("udp://239.255.0.1:1?interface=eth0", "`interface`"),
            ("udp://[ff15::1]:1?interface=127.0.0.1", "`interface`"),
            ("udp://239.255.0.1:1?hops=256", "`hops`"),
            ("udp://239.255.0.1:1?ttl=1", "`interface` and `hops`"),
            ("udp://239.255.0.1:1?hops", "`interface` and `hops`"),
        ] {
            let error = text.parse::<Address>().err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
