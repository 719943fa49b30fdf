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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cause: Cause, from: Sender) -> (ErrorKind, String) {
        let error = io::Error::new(io::ErrorKind::InvalidData, cause);
        refusal(&error, from).expect("it is about TLS")
    }

    #[test]
    fn either_end_says_who_refuses_and_by_which_setting() {
        let unknown = || Cause::InvalidCertificate(Unfit::UnknownIssuer);
        for (from, certificate, alert) in [
            (Sender::Listening, "`authorities`", "`client_authorities`"),
            (Sender::Connecting, "`client_authorities`", "`authorities`"),
        ] {
            let end = match from {
                Sender::Listening => "the listening end",
                Sender::Connecting => "the connecting end",
            };
            let (kind, here) = said(unknown(), from);
            assert_eq!(kind, ErrorKind::Invalid);
            let begin = format!("this end refuses the certificate of {end}");
            assert!(
                here.starts_with(&begin) && here.ends_with(certificate),
                "{here}"
            );
            let (kind, there) = said(Cause::AlertReceived(Alert::UnknownCA), from);
            assert_eq!(kind, ErrorKind::PermissionDenied);
            assert!(there.starts_with(&format!("{end} refuses: ")), "{there}");
            assert!(there.ends_with(&format!("its {alert}")), "{there}");
        }
        let (kind, none) = said(Cause::NoCertificatesPresented, Sender::Connecting);
        assert_eq!(kind, ErrorKind::PermissionDenied);
        assert!(none.contains("the connecting end shows none"), "{none}");
    }

    #[test]
    fn what_is_not_about_certificates_may_pass_and_what_is_not_about_tls_is_none() {
        let (kind, reason) = said(Cause::DecryptError, Sender::Listening);
        assert_eq!(kind, ErrorKind::ConnectionLost, "{reason}");
        let broken = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(refusal(&broken, Sender::Listening), None);
        let other = io::Error::other("something else");
        assert_eq!(refusal(&other, Sender::Listening), None);
    }
}
