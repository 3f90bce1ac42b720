//! Octets that arrive otherwise than they were sent.

use omadm::Outgoing;

use super::dice::Dice;
use super::fault::Hurt;

pub(crate) fn hurt(out: &mut Outgoing, by: Hurt) {
    match by {
        Hurt::Cut(sixteenths) => out.body.truncate(out.body.len() * sixteenths / 16),
        Hurt::Short => drop(out.body.pop()),
        Hurt::Flip(number) => {
            let bit = Dice::of(number).below(out.body.len() * 8);
            if let Some(octet) = out.body.get_mut(bit / 8) {
                *octet ^= 1 << (bit % 8);
            }
        }
        Hurt::Page => {
            out.body = b"<html><body><h1>502 Bad Gateway</h1></body></html>".to_vec();
            out.content_type = "text/html";
        }
        Hurt::Noise => {
            let mut dice = Dice::of(out.body.len() as u64);
            out.body = (0..16).flat_map(|_| dice.octets::<8>()).collect();
        }
        Hurt::Nothing => out.body.clear(),
    }
}
