//! Connections to a PostgreSQL that know nothing of what is said on them.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// Where connections to a server are made.
#[derive(Clone)]
pub(crate) enum Door {
    Socket(PathBuf),
    /// Host and port.
    Tcp(String),
}

/// A connection to a server that knows nothing of what is said on it.
pub(crate) enum Link {
    Socket(UnixStream),
    Tcp(TcpStream),
}

impl Door {
    pub(crate) fn connect(&self) -> io::Result<Link> {
        match self {
            Self::Socket(path) => UnixStream::connect(path).map(Link::Socket),
            Self::Tcp(address) => TcpStream::connect(address).map(Link::Tcp),
        }
    }
}

impl Link {
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Socket(stream) => stream.try_clone().map(Self::Socket),
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
        }
    }

    /// Ends it both ways, if it has not ended already.
    pub(crate) fn shutdown(&self) {
        let _ = match self {
            Self::Socket(stream) => stream.shutdown(Shutdown::Both),
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

impl io::Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl io::Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
