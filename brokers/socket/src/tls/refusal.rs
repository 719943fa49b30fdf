//! Why there is no TLS connection: which end refuses, and how to mend it.
use crate::stream::Sender;
use rustls::{AlertDescription as Alert, CertificateError as Unfit, Error as Cause};
use std::io;
use tidings::ErrorKind;

/// What a failure says that is about TLS, and comes of a connection with that end.
pub(crate) fn refusal(error: &io::Error, from: Sender) -> Option<(ErrorKind, String)> {
    let cause = error.get_ref()?.downcast_ref::<Cause>()?;
    let said = match cause {
        Cause::InvalidCertificate(unfit) => (ErrorKind::Invalid, of_certificate(unfit, from)),
        Cause::NoCertificatesPresented => {
            let reason = "this end asks for a certificate, and the connecting end shows none; give it one by `SocketSettings::with_certificate`";
            (ErrorKind::PermissionDenied, reason.to_owned())
        }
        Cause::AlertReceived(alert) => (ErrorKind::PermissionDenied, of_alert(*alert, from)),
        Cause::InvalidMessage(_) => {
            let reason = "the other end does not speak TLS; write `tcp:` in place of `tcps:`, or have it listen with TLS";
            (ErrorKind::Invalid, reason.to_owned())
        }
        Cause::PeerIncompatible(_) => {
            let reason = format!("the other end has no TLS 1.3 in common with this one ({cause})");
            (ErrorKind::Invalid, reason)
        }
        other => (ErrorKind::ConnectionLost, format!("TLS failed: {other}")),
    };
    Some(said)
}

/// The setting of the end that refuses, by which it trusts the other.
fn trusting(refused: Sender) -> &'static str {
    match refused {
        Sender::Listening => "authorities",
        Sender::Connecting => "client_authorities",
    }
}

/// This end refuses the certificate of that one.
fn of_certificate(unfit: &Unfit, from: Sender) -> String {
    let end = match from {
        Sender::Listening => "listening",
        Sender::Connecting => "connecting",
    };
    let why = match unfit {
        Unfit::Expired | Unfit::ExpiredContext { .. } => {
            "has expired; renew it, or set the clock here".to_owned()
        }
        Unfit::NotValidYet | Unfit::NotValidYetContext { .. } => {
            "is not valid yet; set the clocks".to_owned()
        }
        Unfit::UnknownIssuer => format!(
            "is signed by none whom this end trusts; add its authority to `{}`",
            trusting(from)
        ),
        Unfit::NotValidForName | Unfit::NotValidForNameContext { .. } => format!(
            "is for another name; connect by that, or tell it by `SocketSettings::with_server_name` ({unfit})"
        ),
        other => format!("does not fit: {other}"),
    };
    format!("this end refuses the certificate of the {end} end, which {why}")
}

/// That end refuses this one.
fn of_alert(alert: Alert, from: Sender) -> String {
    let (end, this) = match from {
        Sender::Listening => ("listening", Sender::Connecting),
        Sender::Connecting => ("connecting", Sender::Listening),
    };
    let why = match alert {
        Alert::CertificateRequired | Alert::NoCertificate => {
            "it asks for a certificate; give this end one by `SocketSettings::with_certificate`"
                .to_owned()
        }
        Alert::UnknownCA => format!(
            "it trusts none who signed the certificate of this end; add the authority to its `{}`",
            trusting(this)
        ),
        Alert::CertificateExpired => {
            "the certificate of this end has expired; renew it, or set the clock there".to_owned()
        }
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown => {
            format!(
                "the certificate of this end does not fit ({alert:?}); it says why where it runs"
            )
        }
        Alert::ProtocolVersion => "it speaks another version of TLS; 1.3 is needed".to_owned(),
        other => format!("{other:?}"),
    };
    format!("the {end} end refuses: {why}")
}
