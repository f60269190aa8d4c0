//! The arguments of commands as text.

use super::{name, write_list, write_option};
use crate::ast::{
    Aggregate, Argument, Body, ByField, Command, FieldAs, Fields, Filter, Lookup, Replace, Search,
    SearchKind, Sign, Sort, SortKey, Stats, Sub, Transaction, Tstats,
};
use crate::lexer::quote;

pub(super) fn write(out: &mut String, command: &Command) {
    match &command.body {
        Body::None => {}
        Body::Search(search) => super::search::write(out, search),
        // Without parentheses, a condition that is a number would be a count.
        Body::Condition(condition) if command.name == "head" => {
            out.push_str(&format!("({})", super::print_expression(condition)))
        }
        Body::Condition(condition) => super::expression::write(out, condition),
        Body::Assignments(assignments) => {
            write_list(out, assignments, ", ", super::expression::write_assignment)
        }
        Body::Fields(fields) => write_fields(out, fields),
        Body::Renames(renames) => write_list(out, renames, ", ", |out, rename| {
            out.push_str(&format!("{} AS {}", name(&rename.from), name(&rename.to)));
        }),
        Body::Stats(stats) => write_stats(out, stats),
        Body::Tstats(tstats) => write_tstats(out, tstats),
        Body::Lookup(lookup) => write_lookup(out, lookup),
        Body::Table(table) => {
            out.push_str(&name(&table.table));
            if let Some(filter) = &table.filter {
                out.push_str(" where ");
                super::search::write(out, filter);
            }
        }
        Body::From(from) => {
            if command.name == "from" {
                out.push_str(&format!("{}:", from.kind));
            }
            write_list(out, &from.words, " ", |out, word| {
                out.push_str(&super::setting(word))
            });
        }
        Body::Saved(saved) => {
            out.push_str(&super::setting(&saved.name));
            for token in &saved.tokens {
                out.push(' ');
                write_option(out, token);
            }
        }
        Body::Pattern(pattern) => out.push_str(&pattern_of(pattern)),
        Body::Regex(regex) => {
            if let Some(field) = &regex.field {
                super::search::write_left_side(out, field, if regex.negated { "!=" } else { "=" });
            } else if regex.negated {
                out.push_str("!=");
            }
            out.push_str(&pattern_of(&regex.pattern));
        }
        Body::Convert(conversions) => write_list(out, conversions, " ", |out, conversion| {
            out.push_str(&format!(
                "{}({})",
                conversion.function,
                name(&conversion.field)
            ));
            write_alias(out, conversion.name.as_ref());
        }),
        Body::Field(field) => write_field_as(out, field),
        Body::Sort(sort) => write_sort(out, sort),
        Body::Count(count) => out.push_str(
            &count
                .map(|(count, _)| count.to_string())
                .unwrap_or_default(),
        ),
        Body::Sub(sub) => write_sub(out, sub),
        Body::Foreach(foreach) => {
            write_list(out, &foreach.patterns, " ", |out, pattern| {
                out.push_str(&name(pattern))
            });
            out.push_str(&format!(" [{}]", foreach.template.text));
        }
        Body::Map(text) if text.quoted => {
            out.push_str(&format!("search={}", quote(&text.text, '"')))
        }
        Body::Map(text) => out.push_str(&format!("[{}]", text.text)),
        Body::Replace(replace) => write_replace(out, replace),
        Body::Transaction(transaction) => write_transaction(out, transaction),
        Body::Raw(raw) => out.push_str(&raw.text),
    }
}

fn pattern_of(pattern: &crate::ast::Word) -> String {
    if pattern.quoted {
        quote(&pattern.text, '"')
    } else {
        pattern.text.clone()
    }
}

fn write_names(out: &mut String, names: &[crate::ast::Word]) {
    write_list(out, names, ", ", |out, word| out.push_str(&name(word)));
}

fn write_alias(out: &mut String, alias: Option<&crate::ast::Word>) {
    if let Some(alias) = alias {
        out.push_str(&format!(" AS {}", name(alias)));
    }
}

fn write_field_as(out: &mut String, field: &FieldAs) {
    out.push_str(&name(&field.field));
    write_alias(out, field.name.as_ref());
}

fn write_fields(out: &mut String, fields: &Fields) {
    match fields.sign {
        Some(Sign::Minus) => out.push_str("- "),
        Some(Sign::Plus) => out.push_str("+ "),
        None => {}
    }
    if let Some(count) = fields.count {
        out.push_str(&format!("{count} "));
    }
    write_names(out, &fields.names);
    if !fields.by.is_empty() {
        out.push_str(" by ");
        write_names(out, &fields.by);
    }
    if !fields.sortby.is_empty() {
        out.push_str(" sortby ");
        write_list(out, &fields.sortby, ", ", write_sort_key);
    }
}

fn write_sort(out: &mut String, sort: &Sort) {
    if let Some(limit) = sort.limit {
        out.push_str(&format!("{limit} "));
    }
    write_list(out, &sort.keys, ", ", write_sort_key);
    if sort.reverse {
        out.push_str(" desc");
    }
}

fn write_sort_key(out: &mut String, key: &SortKey) {
    // A sign of the name's own would be taken for the key's.
    let is_signed = !key.field.quoted && key.field.text.starts_with(['+', '-']);
    out.push_str(match (key.descending, is_signed) {
        (true, _) => "-",
        (false, true) => "+",
        (false, false) => "",
    });
    match &key.cast {
        Some(cast) => out.push_str(&format!("{cast}({})", key.field.text)),
        None => out.push_str(&name(&key.field)),
    }
}

fn write_aggregate(out: &mut String, aggregate: &Aggregate) {
    if aggregate.text.is_empty() {
        let argument = match &aggregate.argument {
            Argument::None => String::new(),
            Argument::Field(field) => format!("({})", name(field)),
            Argument::Eval(expression) => {
                format!("(eval({}))", super::print_expression(expression))
            }
        };
        out.push_str(&format!("{}{argument}", aggregate.function));
    } else {
        out.push_str(&aggregate.text);
    }
    write_alias(out, aggregate.name.as_ref());
}

fn write_by(out: &mut String, by: &[ByField]) {
    if !by.is_empty() {
        out.push_str(" by ");
        write_list(out, by, ", ", write_by_field);
    }
}

fn write_by_field(out: &mut String, by: &ByField) {
    out.push_str(&name(&by.field));
    for option in &by.options {
        out.push(' ');
        write_option(out, option);
    }
}

fn write_stats(out: &mut String, stats: &Stats) {
    write_list(out, &stats.aggregates, ", ", write_aggregate);
    if let Some(over) = &stats.over {
        out.push_str(" over ");
        write_by_field(out, over);
    }
    write_by(out, &stats.by);
    if let Some(tail) = &stats.tail {
        out.push_str(&format!(" where {}", tail.text));
    }
}

fn write_tstats(out: &mut String, tstats: &Tstats) {
    write_list(out, &tstats.aggregates, ", ", write_aggregate);
    if let Some(model) = &tstats.from {
        let path: String = model.path.iter().map(|part| format!(".{part}")).collect();
        out.push_str(&format!(" from datamodel={}{path}", model.model));
    }
    if let Some(filter) = &tstats.filter {
        out.push_str(" where ");
        // Outside of parentheses, the word `by` would end the filter.
        if has_by(filter) {
            out.push_str(&format!("({})", super::print_search(filter)));
        } else {
            super::search::write(out, filter);
        }
    }
    write_by(out, &tstats.by);
}

/// Whether `by` is a word that is searched for.
fn has_by(search: &Search) -> bool {
    match &search.kind {
        SearchKind::And(items) | SearchKind::Or(items) => items.iter().any(has_by),
        SearchKind::Not(inner) => has_by(inner),
        SearchKind::Term { text, .. } => {
            let is = |word: &str| text.text.eq_ignore_ascii_case(word);
            !text.quoted && (is("by") || is("groupby"))
        }
        _ => false,
    }
}

fn write_lookup(out: &mut String, lookup: &Lookup) {
    out.push_str(&name(&lookup.table));
    out.push(' ');
    write_list(out, &lookup.inputs, ", ", write_field_as);
    if let Some(output) = &lookup.output {
        out.push_str(if output.new_only {
            " OUTPUTNEW "
        } else {
            " OUTPUT "
        });
        write_list(out, &output.fields, ", ", write_field_as);
    }
}

fn write_sub(out: &mut String, sub: &Sub) {
    write_list(out, &sub.fields, " ", |out, field| {
        // `L.a=R.b` of a join stands as one word.
        out.push_str(&if field.quoted {
            name(field)
        } else {
            field.text.clone()
        });
    });
    for (index, pipeline) in sub.pipelines.iter().enumerate() {
        out.push_str(if index > 0 || !sub.fields.is_empty() {
            " ["
        } else {
            "["
        });
        super::write_pipeline(out, pipeline, false);
        out.push(']');
    }
}

fn write_replace(out: &mut String, replace: &Replace) {
    write_list(out, &replace.pairs, ", ", |out, (from, to)| {
        out.push_str(&format!("{} WITH {}", name(from), name(to)));
    });
    if !replace.fields.is_empty() {
        out.push_str(" IN ");
        write_names(out, &replace.fields);
    }
}

fn write_transaction(out: &mut String, transaction: &Transaction) {
    write_names(out, &transaction.fields);
    for (index, (keyword, filter)) in transaction.filters.iter().enumerate() {
        let gap = if index > 0 || !transaction.fields.is_empty() {
            " "
        } else {
            ""
        };
        let condition = match filter {
            Filter::Search(search) => format!("({})", super::print_search(search)),
            Filter::Eval(expression) => format!("eval({})", super::print_expression(expression)),
        };
        out.push_str(&format!("{gap}{keyword}={condition}"));
    }
}
