//! The syntax tree of a search. Equality ignores places, so that `parse(print(tree)) == tree` can be tested.

mod condition;

use dryfire_diagnostic::Span;

pub use condition::{Binary, Compare, Expr, ExprKind, Search, SearchKind, TermMode, Unary};

/// Where a node stands. Two places are always equal: a tree is compared by what it says.
#[derive(Debug, Clone, Copy)]
pub struct At(pub Span);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A piece of text with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The text, unquoted and unescaped.
    pub text: String,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Its place, quotes included.
    pub at: At,
}

/// Commands separated by pipes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The commands in order. A search that starts without a pipe begins with an implicit `search`.
    pub commands: Vec<Command>,
    /// The whole text.
    pub at: At,
}

/// One command with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// The name as the registry spells it (lower case; an alias such as `bucket` is resolved to `bin`).
    pub name: String,
    /// Place of the name; for the implicit `search`, of its first argument.
    pub name_at: At,
    /// `name=value` arguments that the signature declares, in the order written.
    pub options: Vec<Opt>,
    /// The other arguments.
    pub body: Body,
    /// The whole command, without the pipe.
    pub at: At,
}

impl Command {
    /// The value of an option, by its canonical name. The last one counts.
    pub fn option(&self, name: &str) -> Option<&Word> {
        self.options
            .iter()
            .rev()
            .find(|option| option.name == name)
            .map(|option| &option.value)
    }
}

/// An option of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Opt {
    /// The canonical name (lower case).
    pub name: String,
    /// The value.
    pub value: Word,
    /// The whole option.
    pub at: At,
}

/// The arguments of a command that are not plain options. One shape serves all commands of that grammar.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// No arguments.
    None,
    /// `search`: a search expression.
    Search(Search),
    /// `where`: a boolean expression; `head` with a condition.
    Condition(Expr),
    /// `eval`: assignments, left to right.
    Assignments(Vec<Assignment>),
    /// `table`, `fields`, `dedup`, `fillnull`, `mvexpand`, `top`, …: field names, which may hold `*`.
    Fields(Fields),
    /// `rename`: pairs.
    Renames(Vec<Rename>),
    /// `stats`, `eventstats`, `streamstats`, `chart`, `timechart`, `sistats`.
    Stats(Stats),
    /// `tstats` and `mstats`.
    Tstats(Tstats),
    /// `lookup`.
    Lookup(Lookup),
    /// `inputlookup`, `outputlookup`: a table and an optional `where`.
    Table(TableRef),
    /// `from`, `datamodel`: `datamodel:Model.Dataset`, `datamodel Model.Dataset`, `lookup:x`, …
    From(FromRef),
    /// `savedsearch`.
    Saved(SavedRef),
    /// `rex`: the pattern or the sed expression (`mode=sed`).
    Pattern(Word),
    /// `regex`: `[field] (=|!=) "pattern"`.
    Regex(RegexFilter),
    /// `convert`: functions over fields.
    Convert(Vec<Conversion>),
    /// `bin`, `makemv`, `spath`, `xmlkv`, `iplocation`, …: one field with an optional new name.
    Field(FieldAs),
    /// `sort`.
    Sort(Sort),
    /// `head`, `tail`: a count.
    Count(Option<(u64, At)>),
    /// `append`, `appendcols`, `appendpipe`, `join`, `union`, `multisearch`: fields and subsearches.
    Sub(Sub),
    /// `foreach`: patterns and the template between the brackets, whose text is substituted before it is parsed.
    Foreach(Foreach),
    /// `map`: the search text, substituted and parsed for each row.
    Map(Word),
    /// `replace`: `"a" with "b" … in fields`.
    Replace(Replace),
    /// `transaction`: fields; the filters are among `filters`.
    Transaction(Transaction),
    /// A known command whose arguments are kept as they stand, with the subsearches found in them.
    Raw(Raw),
}

/// `mode` and fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// `+` or `-` in front of the list (`fields`).
    pub sign: Option<Sign>,
    /// A leading count (`dedup 3 host`, `top 5 user`).
    pub count: Option<u64>,
    /// The names; `*` is a wildcard unless the command takes none.
    pub names: Vec<Word>,
    /// `by` fields (`top`, `rare`).
    pub by: Vec<Word>,
    /// `sortby` keys (`dedup`).
    pub sortby: Vec<SortKey>,
}

/// `+` or `-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// `source AS target`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rename {
    /// The field, or a pattern with `*`.
    pub from: Word,
    /// The new name.
    pub to: Word,
}

/// `target = expression`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// What is assigned.
    pub target: Target,
    /// Place of the target.
    pub at: At,
    /// The value.
    pub value: Expr,
}

/// The left side of an `eval` assignment.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A field.
    Field(String),
    /// `{key}` and `a{key}b`: the name is made of literal parts and the values of fields.
    Dynamic(Vec<NamePart>),
}

/// A part of a dynamic name.
#[derive(Debug, Clone, PartialEq)]
pub enum NamePart {
    /// Literal text.
    Text(String),
    /// The value of a field.
    Field(String),
}

/// Aggregations and groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// The aggregations in order.
    pub aggregates: Vec<Aggregate>,
    /// `over` field (`chart`).
    pub over: Option<ByField>,
    /// `by` fields in order.
    pub by: Vec<ByField>,
    /// A `where` clause (`timechart … where sum > 5`), as written.
    pub tail: Option<Word>,
}

/// `function(argument) AS name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The function's name in lower case, digits included (`perc95`, `p50`).
    pub function: String,
    /// Place of the function's name.
    pub function_at: At,
    /// What is aggregated.
    pub argument: Argument,
    /// The name after `AS`.
    pub name: Option<Word>,
    /// The call as written, which is the column's name when there is no `AS`: `values(Processes.process)`.
    pub text: String,
    /// The whole aggregation.
    pub at: At,
}

/// The argument of an aggregation.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// None: `count`, `count()`, `c`.
    None,
    /// A field, or a pattern with `*`.
    Field(Word),
    /// `eval(expression)`.
    Eval(Expr),
}

/// A group field; `_time` may have a span.
#[derive(Debug, Clone, PartialEq)]
pub struct ByField {
    /// The field.
    pub field: Word,
    /// `span=1h` and other options after the field.
    pub options: Vec<Opt>,
}

/// `tstats … from datamodel=M.D where … by …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tstats {
    /// The aggregations in order.
    pub aggregates: Vec<Aggregate>,
    /// The data model, when there is a `from`.
    pub from: Option<ModelRef>,
    /// The `where` clause.
    pub filter: Option<Search>,
    /// The `by` fields; `_time` may have a span.
    pub by: Vec<ByField>,
}

/// `datamodel=Model.Dataset`.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRef {
    /// The model.
    pub model: String,
    /// The dataset's path below the model, outermost first; empty for the model alone.
    pub path: Vec<String>,
    /// The whole reference.
    pub at: At,
}

/// `from` and `datamodel`.
#[derive(Debug, Clone, PartialEq)]
pub struct FromRef {
    /// `datamodel`, `lookup`, `savedsearch`, …
    pub kind: String,
    /// The words after it.
    pub words: Vec<Word>,
}

/// `savedsearch name token=value …`.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedRef {
    /// The saved search.
    pub name: Word,
    /// What `$token$` in it stands for.
    pub tokens: Vec<Opt>,
}

/// `lookup table field AS event_field … OUTPUT …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The lookup's name.
    pub table: Word,
    /// The columns to match.
    pub inputs: Vec<FieldAs>,
    /// What to add; nothing means all other columns.
    pub output: Option<LookupOutput>,
}

/// The `OUTPUT` or `OUTPUTNEW` clause.
#[derive(Debug, Clone, PartialEq)]
pub struct LookupOutput {
    /// `OUTPUTNEW`: only where the field is not there yet.
    pub new_only: bool,
    /// The columns.
    pub fields: Vec<FieldAs>,
}

/// `field AS name`.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldAs {
    /// The field (for a lookup, the table's column).
    pub field: Word,
    /// The other name.
    pub name: Option<Word>,
}

/// A lookup table by name.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRef {
    /// The lookup or file.
    pub table: Word,
    /// The `where` clause of `inputlookup`.
    pub filter: Option<Search>,
}

/// `field="pattern"`.
#[derive(Debug, Clone, PartialEq)]
pub struct RegexFilter {
    /// The field; nothing means `_raw`.
    pub field: Option<Word>,
    /// `!=`.
    pub negated: bool,
    /// The pattern.
    pub pattern: Word,
}

/// `function(field) AS name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    /// `ctime`, `num`, … in lower case.
    pub function: String,
    /// Place of the function.
    pub at: At,
    /// The field or pattern.
    pub field: Word,
    /// The new name.
    pub name: Option<Word>,
}

/// `sort limit ±key, …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// The leading count; 0 means all.
    pub limit: Option<u64>,
    /// The keys.
    pub keys: Vec<SortKey>,
    /// A trailing `desc`: reverses the whole order.
    pub reverse: bool,
}

/// One sort key. `sort - a, b` gives both keys the sign; `sort -a, b` only `a`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// The field.
    pub field: Word,
    /// Descending.
    pub descending: bool,
    /// `num(x)`, `str(x)`, `ip(x)`, `auto(x)`.
    pub cast: Option<String>,
}

/// Fields and subsearches.
#[derive(Debug, Clone, PartialEq)]
pub struct Sub {
    /// Key fields (`join`).
    pub fields: Vec<Word>,
    /// The subsearches.
    pub pipelines: Vec<Pipeline>,
}

/// `foreach pattern … [ template ]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreach {
    /// The field patterns.
    pub patterns: Vec<Word>,
    /// The text between the brackets.
    pub template: Word,
}

/// `"a" WITH "b", … IN fields`.
#[derive(Debug, Clone, PartialEq)]
pub struct Replace {
    /// Pattern and replacement.
    pub pairs: Vec<(Word, Word)>,
    /// The fields; none means all.
    pub fields: Vec<Word>,
}

/// `transaction fields startswith=… endswith=…`.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// The key fields.
    pub fields: Vec<Word>,
    /// `startswith` / `endswith` and their conditions.
    pub filters: Vec<(String, Filter)>,
}

/// A condition of `transaction`.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// A search expression.
    Search(Search),
    /// `eval(…)`.
    Eval(Expr),
}

/// Arguments kept as they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// The text after the command's name, trimmed.
    pub text: String,
    /// The subsearches in it.
    pub pipelines: Vec<Pipeline>,
}
