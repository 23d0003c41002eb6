//! spec/vectors/sdk, and as much of a JSON reader as they need.
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub fn get(&self, key: &str) -> &Json {
        match self {
            Json::Object(all) => all.get(key).unwrap_or(&Json::Null),
            _ => &Json::Null,
        }
    }
    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(all) => all,
            _ => &[],
        }
    }
    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => panic!("no text: {self:?}"),
        }
    }
    pub fn number(&self) -> u64 {
        match self {
            Json::Number(number) => *number,
            Json::Bool(truth) => u64::from(*truth),
            _ => panic!("no number: {self:?}"),
        }
    }
    pub fn is_null(&self) -> bool {
        *self == Json::Null
    }
    pub fn bytes(&self) -> Vec<u8> {
        let text = self.text();
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hex")).collect()
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn blank(&mut self) -> u8 {
        while self.0[0].is_ascii_whitespace() {
            self.0 = &self.0[1..];
        }
        self.0[0]
    }
    fn skip(&mut self, byte: u8) -> bool {
        let there = self.blank() == byte;
        if there {
            self.0 = &self.0[1..];
        }
        there
    }
    fn until(&mut self, stop: impl Fn(u8) -> bool) -> String {
        let length = self.0.iter().position(|&byte| stop(byte)).expect("it ends");
        let text = String::from_utf8_lossy(&self.0[..length]).into_owned();
        self.0 = &self.0[length..];
        text
    }
    fn text(&mut self) -> String {
        assert!(self.skip(b'"'));
        let text = self.until(|byte| byte == b'"');
        self.skip(b'"');
        text
    }
    fn value(&mut self) -> Json {
        match self.blank() {
            b'"' => Json::Text(self.text()),
            b'[' => {
                let mut all = Vec::new();
                self.skip(b'[');
                while !self.skip(b']') {
                    all.push(self.value());
                    self.skip(b',');
                }
                Json::List(all)
            }
            b'{' => {
                let mut all = BTreeMap::new();
                self.skip(b'{');
                while !self.skip(b'}') {
                    let key = self.text();
                    assert!(self.skip(b':'));
                    all.insert(key, self.value());
                    self.skip(b',');
                }
                Json::Object(all)
            }
            _ => match self.until(|byte| b",]} \n".contains(&byte)).as_str() {
                "null" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                number => Json::Number(number.parse().expect("a whole number")),
            },
        }
    }
}

/// The vectors of a file; texts in them have no escapes.
pub fn vectors(file: &str) -> Vec<Json> {
    let path = format!("{}/../../spec/vectors/sdk/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(&path).expect("spec/vectors/sdk");
    let all = Reader(&text).value().get("vectors").list().to_vec();
    assert!(all.len() >= 20, "{file}: {}", all.len());
    all
}
