//! What goes wrong at AWS, in the terms of the runtime: whether it was done all the same, and whether trying again can help.
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::time::Duration;
use tidings::{Error, ErrorKind};

/// What the client says.
pub(crate) fn told<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let lost = |reason: String| Error::new(ErrorKind::ConnectionLost, operation, reason);
    match error {
        SdkError::ConstructionFailure(failure) => {
            let source = SdkError::<E, HttpResponse>::ConstructionFailure(failure).into_source();
            let reason = source.map(|source| chain(&*source)).unwrap_or_default();
            // Credentials are looked for then, which may be there the next time.
            Error::new(ErrorKind::PermissionDenied, operation, reason).retryable(true)
        }
        SdkError::TimeoutError(_) => late(operation),
        SdkError::DispatchFailure(failure) => {
            let never = failure
                .as_connector_error()
                .is_some_and(|cause| is_before(cause));
            let reason = failure.as_connector_error().map(|cause| chain(cause));
            let error = lost(reason.unwrap_or_default());
            match never {
                true => error,
                false => error.ambiguous(),
            }
        }
        SdkError::ServiceError(failure) => {
            let status = failure.raw().status().as_u16();
            let said = failure.err().meta();
            service(
                operation,
                status,
                said.code().unwrap_or_default(),
                said.message().unwrap_or_default(),
            )
        }
        _ => lost("the answer makes no sense".into()).ambiguous(),
    }
}

/// The same, of what was only to be found out before anything is sent.
pub(crate) fn unsent(operation: &'static str, error: &Error) -> Error {
    Error::new(error.kind(), operation, error.reason()).retryable(error.is_retryable())
}

/// What the client cannot write.
pub(crate) fn unwritten(operation: &'static str, error: impl std::error::Error) -> Error {
    Error::new(ErrorKind::Invalid, operation, error.to_string())
}

/// It took too long, and may have been done.
pub(crate) fn late(operation: &'static str) -> Error {
    let reason = "no answer came in time";
    Error::new(ErrorKind::Timeout, operation, reason).ambiguous()
}

/// Whether it failed while connecting, so that nothing was asked.
fn is_before(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if text == "client error (Connect)" || text.contains("tcp connect error") {
            return true;
        }
        next = error.source();
    }
    false
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

/// What a service says, by the code of its error. What it says of signatures is left out, since it quotes the request.
pub(crate) fn service(operation: &'static str, status: u16, code: &str, text: &str) -> Error {
    let short = code.rsplit(['#', '.']).next().unwrap_or(code);
    let kind = kind(if code.contains("KMS.") { code } else { short }, text);
    let reason = match (kind, text) {
        (ErrorKind::PermissionDenied, _) if short.contains("Signature") => {
            format!("{short}: the secret, or the clock of this machine, is wrong")
        }
        (_, "") => short.to_owned(),
        (_, text) => format!("{short}: {text}"),
    };
    let error = Error::new(kind, operation, reason);
    match kind {
        ErrorKind::Unexpected if status >= 500 => {
            let reason = error.reason().to_owned();
            Error::new(ErrorKind::Busy, operation, reason).ambiguous()
        }
        // A queue that was just deleted cannot be made again for a minute.
        ErrorKind::Busy if short.contains("DeletedRecently") => {
            error.retry_after(Duration::from_secs(60))
        }
        ErrorKind::PermissionDenied => error.retryable(short.contains("Expired")),
        _ => error,
    }
}

/// What a service says of one entry of a request. Where something broke there, it may have been done all the same.
pub(crate) fn entry(
    operation: &'static str,
    sender_fault: bool,
    code: &str,
    text: Option<&str>,
) -> Error {
    let error = service(operation, 400, code, text.unwrap_or_default());
    match error.kind() {
        ErrorKind::Unexpected if !sender_fault => {
            Error::new(ErrorKind::Busy, operation, error.reason()).ambiguous()
        }
        _ => error,
    }
}

/// Whether it says that a delivery is another's by now, or nobody's.
pub(crate) fn is_stale(error: &Error) -> bool {
    let reason = error.reason();
    let known = [
        "ReceiptHandleIsInvalid",
        "MessageNotInflight",
        "not available for visibility",
    ];
    known.iter().any(|known| reason.contains(known)) || reason.contains("receipt handle")
}

fn kind(code: &str, text: &str) -> ErrorKind {
    let any = |words: &[&str]| words.iter().any(|word| code.contains(word));
    // Keys of the key service, that none is there included: whose fault that is, whoever asks can do nothing.
    if any(&["Kms", "KMS"]) && !any(&["Throttl"]) {
        ErrorKind::PermissionDenied
    } else if any(&["NonExistentQueue", "DoesNotExist", "NotFound"]) {
        ErrorKind::NotFound
    } else if any(&[
        "Throttl",
        "OverLimit",
        "LimitExceeded",
        "DeletedRecently",
        "ExceededException",
    ]) {
        ErrorKind::Busy
    } else if any(&[
        "AccessDenied",
        "RequestExpired",
        "TimeTooSkewed",
        "AuthorizationError",
        "Signature",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "InvalidSecurity",
        "ExpiredToken",
        "AuthFailure",
        "MissingAuthentication",
        "OptInRequired",
        "NotAuthorized",
    ]) {
        ErrorKind::PermissionDenied
    } else if any(&["TooLong", "TooLarge"]) || text.contains("must be shorter than") {
        ErrorKind::TooLarge
    } else if any(&["AlreadyExists", "NameExists", "ResourceInUse"]) {
        ErrorKind::Conflict
    } else if any(&[
        "Invalid",
        "Unsupported",
        "Missing",
        "Validation",
        "Malformed",
    ]) {
        ErrorKind::Invalid
    } else {
        ErrorKind::Unexpected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_kinds() {
        for (code, kind) in [
            (
                "AWS.SimpleQueueService.NonExistentQueue",
                ErrorKind::NotFound,
            ),
            ("com.amazonaws.sqs#QueueDoesNotExist", ErrorKind::NotFound),
            ("NotFound", ErrorKind::NotFound),
            ("KMS.NotFoundException", ErrorKind::PermissionDenied),
            ("KmsNotFound", ErrorKind::PermissionDenied),
            ("RequestExpired", ErrorKind::PermissionDenied),
            ("RequestTimeTooSkewed", ErrorKind::PermissionDenied),
            ("ThrottlingException", ErrorKind::Busy),
            ("AccessDeniedException", ErrorKind::PermissionDenied),
            ("BatchRequestTooLong", ErrorKind::TooLarge),
            ("QueueNameExists", ErrorKind::Conflict),
            ("InvalidParameterValue", ErrorKind::Invalid),
            ("WhoKnows", ErrorKind::Unexpected),
        ] {
            assert_eq!(service("publish", 400, code, "").kind(), kind, "{code}");
        }
        let large = service(
            "publish",
            400,
            "InvalidParameterValue",
            "Reason: Message must be shorter than 1024 bytes.",
        );
        assert_eq!(large.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn only_what_may_have_been_done_is_ambiguous() {
        let refused = service("publish", 400, "InvalidParameterValue", "");
        assert!(!refused.is_ambiguous() && !refused.is_retryable());
        let broken = service("publish", 503, "InternalError", "");
        assert!(broken.is_ambiguous() && broken.is_retryable());
        let throttled = service("publish", 503, "ThrottlingException", "");
        assert!(!throttled.is_ambiguous() && throttled.is_retryable());
        assert!(late("publish").is_ambiguous());
    }

    #[test]
    fn an_entry_at_which_something_broke_may_have_been_done() {
        let broken = entry("publish", false, "InternalError", None);
        assert!(broken.is_ambiguous() && broken.is_retryable());
        assert_eq!(broken.kind(), ErrorKind::Busy);
        let throttled = entry("publish", false, "RequestThrottled", None);
        assert!(!throttled.is_ambiguous() && throttled.is_retryable());
        let refused = entry("publish", true, "InvalidMessageContents", None);
        assert!(!refused.is_ambiguous() && !refused.is_retryable());
        let odd = entry("publish", true, "WhoKnows", None);
        assert!(!odd.is_ambiguous(), "it was refused");
    }

    #[test]
    fn requests_are_not_quoted() {
        let error = service(
            "publish",
            403,
            "SignatureDoesNotMatch",
            "The Canonical String was AKID s3cret",
        );
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(error.to_string().contains("clock"), "{error}");
    }
}
