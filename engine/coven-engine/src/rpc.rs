//! JSON-RPC 2.0, one object a line (spec/engine.md).
use itf::Refusal;
use serde::Deserialize;
use serde_json::{json, Value};

/// A call, or a notification where `id` is missing.
#[derive(Debug, Deserialize)]
pub struct Call {
    /// To be repeated in the answer.
    pub id: Option<Value>,
    /// Name of the method.
    pub method: String,
    /// Its parameters, an object.
    #[serde(default)]
    pub params: Value,
}

/// Why a call was not done.
#[derive(Debug)]
pub struct Failure {
    code: i32,
    refusal: Refusal,
    action: Option<usize>,
}

impl Failure {
    /// The action of a plan that failed.
    pub fn in_action(action: usize, refusal: Refusal) -> Self {
        Self { action: Some(action), ..refusal.into() }
    }

    /// No such method.
    pub fn method(name: &str) -> Self {
        let what = format!("there is no method {name}; see spec/engine.md");
        Self { code: -32601, refusal: Refusal::new("unknown-method", what), action: None }
    }

    /// Parameters that don't fit.
    pub fn params(error: &serde_json::Error) -> Self {
        Self { code: -32602, refusal: Refusal::new("invalid", error.to_string()), action: None }
    }

    /// A line that is no call.
    pub fn line(what: String) -> Self {
        Self { code: -32700, refusal: Refusal::new("invalid", what), action: None }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self { refusal, action, .. } = self;
        action.iter().try_for_each(|action| write!(to, "action {action}: "))?;
        write!(to, "{} ({})", refusal.what, refusal.reason)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { code: -32000, refusal, action: None }
    }
}

/// The answer to a call.
pub fn answer(id: &Value, outcome: Result<Value, Failure>) -> Value {
    match outcome {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(Failure { code, refusal, action }) => {
            let mut data = json!({"reason": refusal.reason, "what": refusal.what});
            if let Some(action) = action {
                data["action"] = action.into();
            }
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": refusal.what, "data": data}})
        }
    }
}

/// A notification.
pub fn event(params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": "event", "params": params})
}
