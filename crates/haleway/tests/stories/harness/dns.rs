//! A name server that knows SRV records only.

use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// An SRV record: priority, weight, port. The host is always `localhost`.
pub(crate) type Record = (u16, u16, u16);

/// Answers every SRV question with the records that it has now.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    records: Arc<Mutex<Vec<Record>>>,
    asked: Arc<Mutex<usize>>,
}

/// The number of the record type.
const SRV: u16 = 33;

impl NameServer {
    pub(crate) fn with(records: Vec<Record>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let records = Arc::new(Mutex::new(records));
        let asked = Arc::new(Mutex::new(0));
        let (known, count) = (records.clone(), asked.clone());
        std::thread::spawn(move || {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                let answer = answer(&question[..length], &known.lock().unwrap());
                *count.lock().unwrap() += 1;
                let _ = socket.send_to(&answer, from);
            }
        });
        Self {
            address,
            records,
            asked,
        }
    }

    pub(crate) fn change(&self, records: Vec<Record>) {
        *self.records.lock().unwrap() = records;
    }

    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

fn answer(question: &[u8], records: &[Record]) -> Vec<u8> {
    let name_end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 1;
    let kind = u16::from_be_bytes([question[name_end], question[name_end + 1]]);
    let records = if kind == SRV { records } else { &[] };
    // Identity, "answer, recursion available, no error", one question, so many answers.
    let mut out = question[..2].to_vec();
    out.extend([0x81, 0x80, 0, 1]);
    out.extend((records.len() as u16).to_be_bytes());
    out.extend([0, 0, 0, 0]);
    out.extend(&question[12..name_end + 4]);
    for (priority, weight, port) in records {
        let host = b"\x09localhost\x00";
        // The name of the question, type, class IN, one second to live.
        out.extend([0xC0, 12, 0, SRV as u8, 0, 1, 0, 0, 0, 1]);
        out.extend((6 + host.len() as u16).to_be_bytes());
        for number in [priority, weight, port] {
            out.extend(number.to_be_bytes());
        }
        out.extend(host);
    }
    out
}
