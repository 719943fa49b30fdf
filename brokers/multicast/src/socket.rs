//! Sockets of a group: one that sends, one that receives.
use crate::{
    MulticastSettings,
    address::{Address, Interface},
};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};
use tokio::net::UdpSocket;

/// Sends to the group, to receivers on this machine too.
pub(crate) fn sending(address: &Address) -> io::Result<UdpSocket> {
    let socket = open(address)?;
    let hops = u32::from(address.hops);
    match address.group.ip() {
        IpAddr::V4(_) => {
            socket.set_multicast_if_v4(&interface_v4(address))?;
            socket.set_multicast_ttl_v4(hops)?;
            socket.set_multicast_loop_v4(true)?;
        }
        IpAddr::V6(_) => {
            socket.set_multicast_if_v6(interface_v6(address))?;
            socket.set_multicast_hops_v6(hops)?;
            socket.set_multicast_loop_v6(true)?;
        }
    }
    socket.bind(&any(address, 0).into())?;
    UdpSocket::from_std(socket.into())
}

/// Receives what is sent to the group, beside others on this machine.
pub(crate) fn receiving(address: &Address, settings: &MulticastSettings) -> io::Result<UdpSocket> {
    let socket = open(address)?;
    socket.set_reuse_address(true)?;
    // It gives what it may, and refuses only nonsense.
    socket.set_recv_buffer_size(settings.receive_bytes)?;
    // Bound to the group, what others send to this port stays away; not all systems can do that.
    let bound = match cfg!(target_os = "linux") {
        true => address.group,
        false => any(address, address.group.port()),
    };
    socket.bind(&bound.into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    join(&socket, address)?;
    Ok(socket)
}

/// Joins the group; again, where the interface was away meanwhile. Who is in it stays.
pub(crate) fn join(socket: &UdpSocket, address: &Address) -> io::Result<()> {
    let joined = match address.group.ip() {
        IpAddr::V4(group) => socket.join_multicast_v4(group, interface_v4(address)),
        IpAddr::V6(group) => socket.join_multicast_v6(&group, interface_v6(address)),
    };
    match joined {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(()),
        joined => joined,
    }
}

fn open(address: &Address) -> io::Result<Socket> {
    let domain = Domain::for_address(address.group);
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn any(address: &Address, port: u16) -> SocketAddr {
    match address.group.ip() {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, port).into(),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, port).into(),
    }
}

fn interface_v4(address: &Address) -> Ipv4Addr {
    match address.interface {
        Interface::Address(interface) => interface,
        _ => Ipv4Addr::UNSPECIFIED,
    }
}

fn interface_v6(address: &Address) -> u32 {
    match address.interface {
        Interface::Number(interface) => interface,
        _ => 0,
    }
}
