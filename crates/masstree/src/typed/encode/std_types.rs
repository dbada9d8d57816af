//! `Duration` and the network addresses, in the order that std gives them.
//!
//! | type | bytes |
//! |---|---|
//! | `Duration` | seconds as `u64`, nanoseconds as `u32` |
//! | `Ipv4Addr`, `Ipv6Addr` | 4 or 16 octets |
//! | `SocketAddrV4` | address, port |
//! | `SocketAddrV6` | address, port, flow information, scope |
//! | `IpAddr`, `SocketAddr` | `00` for version 4 or `01` for version 6, and the address |

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::time::Duration;

use crate::typed::key::take;
use crate::typed::{DecodeError, EncodeKey, Key, KeyBuf};

/// A type that encodes as a tuple of its parts.
macro_rules! as_parts {
    ($type:ty as $parts:ty, $to:expr, $from:expr) => {
        impl EncodeKey for $type {
            const FIXED_LEN: Option<usize> = <$parts>::FIXED_LEN;

            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                let to: fn(&$type) -> $parts = $to;
                to(self).encode(out);
            }
        }

        impl Key for $type {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                let from: fn($parts) -> Result<$type, DecodeError> = $from;
                from(<$parts>::decode(input)?)
            }
        }
    };
}

as_parts!(
    Duration as (u64, u32),
    |d| (d.as_secs(), d.subsec_nanos()),
    |(secs, nanos)| {
        if nanos < 1_000_000_000 {
            Ok(Duration::new(secs, nanos))
        } else {
            Err(DecodeError::InvalidValue {
                expected: "Duration",
            })
        }
    }
);
as_parts!(Ipv4Addr as [u8; 4], |a| a.octets(), |octets| Ok(
    octets.into()
));
as_parts!(Ipv6Addr as [u8; 16], |a| a.octets(), |octets| Ok(
    octets.into()
));
as_parts!(
    SocketAddrV4 as (Ipv4Addr, u16),
    |a| (*a.ip(), a.port()),
    |(ip, port)| Ok(SocketAddrV4::new(ip, port))
);
as_parts!(
    SocketAddrV6 as (Ipv6Addr, u16, u32, u32),
    |a| (*a.ip(), a.port(), a.flowinfo(), a.scope_id()),
    |(ip, port, flowinfo, scope)| Ok(SocketAddrV6::new(ip, port, flowinfo, scope))
);

/// An enum of a version 4 and a version 6 form, which encodes as a tag and the form.
macro_rules! by_version {
    ($type:ident, $v4:ty, $v6:ty, $name:literal) => {
        impl EncodeKey for $type {
            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                match self {
                    $type::V4(address) => {
                        out.push(0);
                        address.encode(out);
                    }
                    $type::V6(address) => {
                        out.push(1);
                        address.encode(out);
                    }
                }
            }
        }

        impl Key for $type {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                match take(input)? {
                    [0] => <$v4>::decode(input).map($type::V4),
                    [1] => <$v6>::decode(input).map($type::V6),
                    _ => Err(DecodeError::InvalidValue { expected: $name }),
                }
            }
        }
    };
}

by_version!(IpAddr, Ipv4Addr, Ipv6Addr, "IpAddr");
by_version!(SocketAddr, SocketAddrV4, SocketAddrV6, "SocketAddr");
