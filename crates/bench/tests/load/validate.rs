//! As much of JSON Schema as the schema of workload files uses.

use serde_json::Value;

/// What a value has that a schema does not allow; the path to it.
pub fn problems(schema: &Value, root: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = root
            .pointer(name.trim_start_matches('#'))
            .expect("a reference leads somewhere");
        return problems(target, root, value, path);
    }
    let mut found = Vec::new();
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema.get(choice).and_then(Value::as_array) {
            let fits = |choice: &Value| problems(choice, root, value, path).is_empty();
            if !choices.iter().any(fits) {
                found.push(format!("{path} fits none of {choices:?}"));
            }
        }
    }
    if let Some(expected) = schema.get("const")
        && expected != value
    {
        found.push(format!("{path} is not {expected}"));
    }
    if let Some(names) = schema.get("enum").and_then(Value::as_array)
        && !names.contains(value)
    {
        found.push(format!("{path} is none of {names:?}"));
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    if !types.is_empty() && !types.iter().any(is) {
        found.push(format!("{path} is not of type {types:?}"));
    }
    if let Some(object) = value.as_object() {
        let properties = schema.get("properties");
        for (key, value) in object {
            let path = format!("{path}.{key}");
            let known = properties.and_then(|properties| properties.get(key));
            match (known, schema.get("additionalProperties")) {
                (Some(schema), _) => found.extend(problems(schema, root, value, &path)),
                (None, Some(Value::Bool(false))) => found.push(format!("{path} is unknown")),
                (None, Some(other)) => found.extend(problems(other, root, value, &path)),
                (None, None) => {}
            }
        }
    }
    if let (Some(array), Some(items)) = (value.as_array(), schema.get("items")) {
        for (index, value) in array.iter().enumerate() {
            found.extend(problems(items, root, value, &format!("{path}.{index}")));
        }
    }
    found
}
