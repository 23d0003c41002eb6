//! As much of JSON as the extended agent speaks (spec/ea.md): texts and numbers.

pub fn of_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' | '\x7f' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A number has no other form, though Rust's parsers know some.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let exponent = exponent.map(|part| part.strip_prefix(['+', '-']).unwrap_or(part));
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}

pub fn integer(text: &str) -> Option<i64> {
    is_number(text).then(|| text.parse().ok()).flatten()
}

pub fn number(text: &str) -> Option<f64> {
    is_number(text).then(|| text.parse().ok()).flatten().filter(|value: &f64| value.is_finite())
}

pub fn text(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\0'..='\x1f' => return None,
            '\\' => out.push(escaped(&mut rest)?),
            _ => out.push(c),
        }
    }
    (text.len() > 1).then_some(out)
}

fn escaped(rest: &mut std::str::Chars) -> Option<char> {
    match rest.next()? {
        'u' => unicode(rest),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        c => matches!(c, '"' | '\\' | '/').then_some(c),
    }
}

/// `\uXXXX`, a pair of them where the first is a high surrogate.
fn unicode(rest: &mut std::str::Chars) -> Option<char> {
    let high = hex(rest)?;
    if !(0xD800..0xDC00).contains(&high) {
        return char::from_u32(high);
    }
    let low = (rest.next() == Some('\\') && rest.next() == Some('u')).then(|| hex(rest)).flatten()?;
    let code = 0x10000 + ((high - 0xD800) << 10) + low.checked_sub(0xDC00)?;
    char::from_u32(code).filter(|_| low < 0xE000)
}

fn hex(rest: &mut std::str::Chars) -> Option<u32> {
    (0..4).try_fold(0, |code, _| Some(code << 4 | rest.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_read_strictly() {
        assert_eq!(integer("-12"), Some(-12));
        assert_eq!(number("1.5e+3"), Some(1500.0));
        assert_eq!(text(r#""a\u00e9\n\ud83d\ude00""#).as_deref(), Some("aé\n😀"));
        for wrong in ["", "01", "+1", "1.", ".5", "1e", "inf", "NaN", "-", " 1"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
        assert_eq!((integer("1.0"), integer("9223372036854775808"), number("1e999")), (None, None, None));
        for wrong in [r#"""#, r#""a"#, r#""a"b""#, r#""\x""#, r#""\ud83d""#, r#""\ud83d\u0041""#, r#""\u12"#, "\"\t\"", r#""\""#]
        {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(of_text("a\"\\\n\u{1}é"), "\"a\\\"\\\\\\u000a\\u0001é\"");
    }
}
