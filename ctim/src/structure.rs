//! The macros that turn a table of fields into a structure of the model.
//!
//! A line of a table reads `required title: String as ShortString;`: whether the field is required,
//! its name, its type, and its kind where the type alone does not tell it (see
//! [`Kind`](crate::model::Kind)). From the table follow the Rust type with its builder, reading,
//! writing, validation, shortening, and the description in [`model`](crate::model), so these can
//! never disagree.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::model::StructureInfo;
use crate::report::Report;
use crate::sealed::Sealed;
use crate::text::Truncate;
use crate::validate::Validate;

/// A structure of the model. It is implemented by this crate's types alone.
pub trait Structure: Sealed + Serialize + DeserializeOwned + Validate + Truncate + Clone + Eq {
    /// Its description.
    const INFO: &'static StructureInfo;
}

/// A structure that is an entity of its own. It is implemented by this crate's entities alone, each
/// of which converts into [`Entity`](crate::Entity).
pub trait EntityStructure: Structure {
    /// The entity's type.
    const ENTITY_TYPE: EntityType;

    /// Returns the entity's id; absent for a verdict.
    fn id(&self) -> Option<&EntityId>;

    /// Returns the ids of the same thing in other systems; absent for a verdict.
    fn external_ids(&self) -> &[String];
}

/// Reads a structure and validates it; none if it cannot be read.
pub(crate) fn read_and_validate<T: Structure>(value: &Value) -> Option<Report> {
    T::deserialize(value).ok().map(|structure| structure.validate())
}

/// The JSON name of a field: the Rust name unless another one is given.
macro_rules! json_name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident, $json:literal) => {
        $json
    };
}

/// The kind of a field: that of its type unless a narrower one is given.
macro_rules! kind {
    ($type:ident) => {
        <$type as $crate::node::Node>::KIND
    };
    ($type:ident as $kind:ident) => {
        $crate::model::Kind::$kind
    };
    ($type:ident as $kind:ident $argument:expr) => {
        $crate::model::Kind::$kind($argument)
    };
}

/// Defines a structure. Kinds of lines:
///
/// - `constant "type" = "Snort";` has one fixed text, which is written and checked but is not a
///   field of the Rust type;
/// - `required`: present; the builder demands it;
/// - `stamped`: present; the builder fills in the crate's own schema version unless told otherwise;
/// - `optional`: an `Option`;
/// - `elements`: a required list, a `Vec`;
/// - `list`, `set`: an optional [`List`](crate::List), without duplicates if it is a set.
macro_rules! structure {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident is $model:literal $(checked by $rule:path)? {
            $( constant $c_name:literal = $c_value:literal; )*
            $(
                $(#[doc = $field_doc:literal])*
                $(required $r:ident $(= $r_json:literal)?: $r_type:ident $(as $r_kind:ident $(($r_arg:expr))?)?)?
                $(stamped $s:ident: $s_type:ident as $s_kind:ident)?
                $(optional $o:ident $(= $o_json:literal)?: $o_type:ident $(as $o_kind:ident $(($o_arg:expr))?)?)?
                $(elements $e:ident $(= $e_json:literal)?: $e_type:ident $(as $e_kind:ident $(($e_arg:expr))?)?)?
                $(list $l:ident $(= $l_json:literal)?: $l_type:ident $(as $l_kind:ident $(($l_arg:expr))?)?)?
                $(set $u:ident $(= $u_json:literal)?: $u_type:ident $(as $u_kind:ident $(($u_arg:expr))?)?)?
                ;
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[cfg_attr(
            feature = "builders",
            derive(bon::Builder),
            builder(
                on(_, into),
                state_mod(vis = "pub", doc {
                    #[doc = concat!("The states of the builder of [`", stringify!($name), "`](crate::", stringify!($name), ").")]
                }),
                builder_type(vis = "pub", doc {
                    #[doc = concat!("Builder of [`", stringify!($name), "`](crate::", stringify!($name), "): one setter for each field.")]
                    ///
                    /// `build()` compiles once all required fields are set; no field can be set
                    /// twice.
                }),
            )
        )]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                $(pub $r: $r_type,)?
                $(#[cfg_attr(feature = "builders", builder(default = $crate::SCHEMA_VERSION))] pub $s: $s_type,)?
                $(pub $o: Option<$o_type>,)?
                $(pub $e: Vec<$e_type>,)?
                $(#[cfg_attr(feature = "builders", builder(default))] pub $l: $crate::list::List<$l_type>,)?
                $(#[cfg_attr(feature = "builders", builder(default))] pub $u: $crate::list::List<$u_type>,)?
            )*
            /// Fields that the model does not know, kept as read and written back; validation
            /// reports each. A field of the model that was read as `null` is noted here too.
            #[cfg_attr(feature = "builders", builder(skip))]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $name {
            const CONSTANTS: &'static [(&'static str, &'static str)] = &[$(($c_name, $c_value)),*];

            /// Returns true if the field with this JSON name is written for its own sake.
            fn writes(&self, name: &str) -> bool {
                match name {
                    $(
                        $(json_name!($r $(, $r_json)?) => true,)?
                        $(json_name!($s) => true,)?
                        $(json_name!($o $(, $o_json)?) => self.$o.is_some(),)?
                        // A list that was null is written as it was read, until it has elements.
                        $(json_name!($e $(, $e_json)?) => {
                            !self.$e.is_empty() || self.extra.get(name).is_none_or(|value| !value.is_null())
                        })?
                        $(json_name!($l $(, $l_json)?) => self.$l.is_present(),)?
                        $(json_name!($u $(, $u_json)?) => self.$u.is_present(),)?
                    )*
                    other => Self::CONSTANTS.iter().any(|(constant, _)| *constant == other),
                }
            }
        }

        impl $crate::structure::Structure for $name {
            const INFO: &'static $crate::model::StructureInfo = &$crate::model::StructureInfo {
                name: $model,
                doc: concat!($($doc, "\n"),*),
                constants: $name::CONSTANTS,
                read_and_validate: $crate::structure::read_and_validate::<$name>,
                fields: &[
                    $(
                        $crate::model::FieldInfo {
                            doc: concat!($($field_doc, "\n"),*),
                            $(
                                name: json_name!($r $(, $r_json)?),
                                required: true,
                                cardinality: $crate::model::Cardinality::One,
                                kind: kind!($r_type $(as $r_kind $($r_arg)?)?),
                            )?
                            $(
                                name: json_name!($s),
                                required: true,
                                cardinality: $crate::model::Cardinality::One,
                                kind: kind!($s_type as $s_kind),
                            )?
                            $(
                                name: json_name!($o $(, $o_json)?),
                                required: false,
                                cardinality: $crate::model::Cardinality::One,
                                kind: kind!($o_type $(as $o_kind $($o_arg)?)?),
                            )?
                            $(
                                name: json_name!($e $(, $e_json)?),
                                required: true,
                                cardinality: $crate::model::Cardinality::List,
                                kind: kind!($e_type $(as $e_kind $($e_arg)?)?),
                            )?
                            $(
                                name: json_name!($l $(, $l_json)?),
                                required: false,
                                cardinality: $crate::model::Cardinality::List,
                                kind: kind!($l_type $(as $l_kind $($l_arg)?)?),
                            )?
                            $(
                                name: json_name!($u $(, $u_json)?),
                                required: false,
                                cardinality: $crate::model::Cardinality::Set,
                                kind: kind!($u_type $(as $u_kind $($u_arg)?)?),
                            )?
                        },
                    )*
                ],
            };
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $( map.serialize_entry($c_name, $c_value)?; )*
                $(
                    $( map.serialize_entry(json_name!($r $(, $r_json)?), &self.$r)?; )?
                    $( map.serialize_entry(json_name!($s), &self.$s)?; )?
                    $(
                        if let Some(value) = &self.$o {
                            map.serialize_entry(json_name!($o $(, $o_json)?), value)?;
                        }
                    )?
                    $(
                        if self.writes(json_name!($e $(, $e_json)?)) {
                            map.serialize_entry(json_name!($e $(, $e_json)?), &self.$e)?;
                        }
                    )?
                    $(
                        if self.$l.is_present() {
                            map.serialize_entry(json_name!($l $(, $l_json)?), &self.$l)?;
                        }
                    )?
                    $(
                        if self.$u.is_present() {
                            map.serialize_entry(json_name!($u $(, $u_json)?), &self.$u)?;
                        }
                    )?
                )*
                for (name, value) in &self.extra {
                    if !self.writes(name) {
                        map.serialize_entry(name, value)?;
                    }
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("an object (", $model, ")"))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        $(
                            $( let mut $r: Option<$r_type> = None; )?
                            $( let mut $s: Option<$s_type> = None; )?
                            $( let mut $o: Option<$o_type> = None; )?
                            $( let mut $e: Option<Vec<$e_type>> = None; )?
                            $( let mut $l: $crate::list::List<$l_type> = $crate::list::List::absent(); )?
                            $( let mut $u: $crate::list::List<$u_type> = $crate::list::List::absent(); )?
                        )*
                        let mut others = $crate::fields::Others::new($name::CONSTANTS);
                        while let Some(key) = map.next_key::<$crate::read::Text<'de>>()? {
                            match &*key.0 {
                                $(
                                    $( json_name!($r $(, $r_json)?) => {
                                        $r = Some($crate::fields::value(&mut map, &key.0)?);
                                    } )?
                                    $( json_name!($s) => {
                                        $s = Some($crate::fields::value(&mut map, &key.0)?);
                                    } )?
                                    $( json_name!($o $(, $o_json)?) => {
                                        $o = $crate::fields::optional(&mut map, &key.0, &mut others.extra)?;
                                    } )?
                                    $( json_name!($e $(, $e_json)?) => {
                                        $e = Some($crate::fields::elements(&mut map, &key.0, &mut others.extra)?);
                                    } )?
                                    $( json_name!($l $(, $l_json)?) => {
                                        $l = $crate::fields::list(&mut map, &key.0, &mut others.extra)?;
                                    } )?
                                    $( json_name!($u $(, $u_json)?) => {
                                        $u = $crate::fields::list(&mut map, &key.0, &mut others.extra)?;
                                    } )?
                                )*
                                _ => others.read(&mut map, key)?,
                            }
                        }
                        Ok($name {
                            $(
                                $( $r: $crate::read::required($r, json_name!($r $(, $r_json)?))?, )?
                                $( $s: $crate::read::required($s, json_name!($s))?, )?
                                $( $o, )?
                                $( $e: $crate::read::required($e, json_name!($e $(, $e_json)?))?, )?
                                $( $l, )?
                                $( $u, )?
                            )*
                            extra: others.finish()?,
                        })
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }

        impl $crate::node::Node for $name {
            const KIND: $crate::model::Kind =
                $crate::model::Kind::Structure(<$name as $crate::structure::Structure>::INFO);

            fn check<'a>(
                &'a self,
                _kind: $crate::model::Kind,
                validator: &mut $crate::validator::Validator<'a>,
            ) {
                let outer = validator.enter_structure();
                $(
                    $(
                        validator.one(
                            json_name!($r $(, $r_json)?),
                            &self.$r,
                            kind!($r_type $(as $r_kind $($r_arg)?)?),
                        );
                    )?
                    $( validator.one(json_name!($s), &self.$s, kind!($s_type as $s_kind)); )?
                    $(
                        validator.optional(
                            json_name!($o $(, $o_json)?),
                            self.$o.as_ref(),
                            kind!($o_type $(as $o_kind $($o_arg)?)?),
                        );
                    )?
                    $(
                        validator.many(
                            json_name!($e $(, $e_json)?),
                            &self.$e,
                            kind!($e_type $(as $e_kind $($e_arg)?)?),
                        );
                    )?
                    $(
                        validator.many(
                            json_name!($l $(, $l_json)?),
                            &self.$l,
                            kind!($l_type $(as $l_kind $($l_arg)?)?),
                        );
                    )?
                    $(
                        validator.set(
                            json_name!($u $(, $u_json)?),
                            &self.$u,
                            kind!($u_type $(as $u_kind $($u_arg)?)?),
                        );
                    )?
                )*
                $( $rule(self, validator); )?
                validator.extra(&self.extra, <$name as $crate::structure::Structure>::INFO);
                validator.leave_structure(outer);
            }

            fn shorten(&mut self, _kind: $crate::model::Kind, shortener: &mut $crate::text::Shortener) {
                $(
                    $(
                        shortener.one(
                            json_name!($r $(, $r_json)?),
                            &mut self.$r,
                            kind!($r_type $(as $r_kind $($r_arg)?)?),
                        );
                    )?
                    $(
                        shortener.optional(
                            json_name!($o $(, $o_json)?),
                            &mut self.$o,
                            kind!($o_type $(as $o_kind $($o_arg)?)?),
                        );
                    )?
                    $(
                        shortener.many(
                            json_name!($e $(, $e_json)?),
                            &mut self.$e,
                            kind!($e_type $(as $e_kind $($e_arg)?)?),
                        );
                    )?
                    $(
                        shortener.many(
                            json_name!($l $(, $l_json)?),
                            &mut self.$l,
                            kind!($l_type $(as $l_kind $($l_arg)?)?),
                        );
                    )?
                    $(
                        shortener.many(
                            json_name!($u $(, $u_json)?),
                            &mut self.$u,
                            kind!($u_type $(as $u_kind $($u_arg)?)?),
                        );
                    )?
                )*
            }
        }

        checked!($name);
        described!($name, $model, <$name as $crate::node::Node>::KIND);
    };
}

/// Gives a type with [`Node`](crate::node::Node) the public validation and shortening.
macro_rules! checked {
    ($name:ident) => {
        impl $crate::sealed::Sealed for $name {}

        impl $crate::validate::Validate for $name {
            fn validate(&self) -> $crate::report::Report {
                let mut validator = $crate::validator::Validator::default();
                $crate::node::Node::check(self, <$name as $crate::node::Node>::KIND, &mut validator);
                validator.into_report()
            }
        }

        impl $crate::text::Truncate for $name {
            fn truncate(&mut self) -> Vec<$crate::text::Cut> {
                let mut shortener = $crate::text::Shortener::default();
                $crate::node::Node::shorten(self, <$name as $crate::node::Node>::KIND, &mut shortener);
                shortener.into_cuts()
            }
        }
    };
}

/// Defines an entity and its form for creation from one table.
///
/// Besides the lines of [`structure!`], `defaulted` marks a field that the entity requires and the
/// form for creation does not. The fields that all entities share (`id`, `type`, `schema_version`
/// and the optional ones) are added here.
macro_rules! entity {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident is $model:literal, $entity_type:literal, created as $new:ident is $new_model:literal
            $(checked by $rule:path, $new_rule:path)? {
            $(
                $(#[doc = $field_doc:literal])*
                $(required $r:ident $(= $r_json:literal)?: $r_type:ident $(as $r_kind:ident $(($r_arg:expr))?)?)?
                $(defaulted $d:ident $(= $d_json:literal)?: $d_type:ident $(as $d_kind:ident $(($d_arg:expr))?)?)?
                $(optional $o:ident $(= $o_json:literal)?: $o_type:ident $(as $o_kind:ident $(($o_arg:expr))?)?)?
                $(elements $e:ident $(= $e_json:literal)?: $e_type:ident $(as $e_kind:ident $(($e_arg:expr))?)?)?
                $(list $l:ident $(= $l_json:literal)?: $l_type:ident $(as $l_kind:ident $(($l_arg:expr))?)?)?
                $(set $u:ident $(= $u_json:literal)?: $u_type:ident $(as $u_kind:ident $(($u_arg:expr))?)?)?
                $(entities $b:ident: $b_type:ident created as $b_new:ident)?
                ;
            )*
        }
    ) => {
        structure! {
            $(#[doc = $doc])*
            pub struct $name is $model $(checked by $rule)? {
                constant "type" = $entity_type;
                /// Id of the entity: a long id if it is stored, a transient one otherwise.
                /// Required.
                required id: EntityId as Id;
                /// Version of CTIM that the entity follows. Required.
                stamped schema_version: String as SchemaVersion;
                $(
                    $(#[doc = $field_doc])*
                    $(required $r $(= $r_json)?: $r_type $(as $r_kind $(($r_arg))?)?)?
                    $(required $d $(= $d_json)?: $d_type $(as $d_kind $(($d_arg))?)?)?
                    $(optional $o $(= $o_json)?: $o_type $(as $o_kind $(($o_arg))?)?)?
                    $(elements $e $(= $e_json)?: $e_type $(as $e_kind $(($e_arg))?)?)?
                    $(list $l $(= $l_json)?: $l_type $(as $l_kind $(($l_arg))?)?)?
                    $(set $u $(= $u_json)?: $u_type $(as $u_kind $(($u_arg))?)?)?
                    $(set $b: $b_type)?
                    ;
                )*
                /// Counter that is raised with each change. Optional; zero or more.
                optional revision: i64 as PosInt;
                /// Ids of the same thing in other systems; Cisco's service recognises known things
                /// by them on import. Optional.
                list external_ids: String;
                /// Pointers to information outside CTIM. Optional.
                list external_references: ExternalReference;
                /// The time at which the entity was made or last changed. Optional.
                optional timestamp: Time;
                /// Human language of the texts. Optional; at most 1024 UTF-16 units.
                optional language: String as ShortString;
                /// The limit of sharing the entity, as a colour of the Traffic Light Protocol.
                /// Optional; Cisco's service fills in green unless it is configured otherwise.
                optional tlp: Tlp;
            }
        }

        structure! {
            /// The form in which the entity of the same name is created: what the service fills in
            /// may be left out.
            pub struct $new is $new_model $(checked by $new_rule)? {
                /// Id of the entity. Optional; a transient id lets relationships of the same import
                /// refer to it.
                optional id: EntityId as Id;
                /// The entity's type. Optional; one fixed value.
                optional r#type = "type": String as Fixed($entity_type);
                /// Version of CTIM that the entity follows. Optional; if given, it must be the one
                /// that this crate implements.
                optional schema_version: String as Fixed($crate::SCHEMA_VERSION);
                $(
                    $(#[doc = $field_doc])*
                    $(required $r $(= $r_json)?: $r_type $(as $r_kind $(($r_arg))?)?)?
                    $(optional $d $(= $d_json)?: $d_type $(as $d_kind $(($d_arg))?)?)?
                    $(optional $o $(= $o_json)?: $o_type $(as $o_kind $(($o_arg))?)?)?
                    $(elements $e $(= $e_json)?: $e_type $(as $e_kind $(($e_arg))?)?)?
                    $(list $l $(= $l_json)?: $l_type $(as $l_kind $(($l_arg))?)?)?
                    $(set $u $(= $u_json)?: $u_type $(as $u_kind $(($u_arg))?)?)?
                    $(set $b: $b_new)?
                    ;
                )*
                /// Counter that is raised with each change. Optional; zero or more.
                optional revision: i64 as PosInt;
                /// Ids of the same thing in other systems; Cisco's service recognises known things
                /// by them on import. Optional.
                list external_ids: String;
                /// Pointers to information outside CTIM. Optional.
                list external_references: ExternalReference;
                /// The time at which the entity was made or last changed. Optional.
                optional timestamp: Time;
                /// Human language of the texts. Optional; at most 1024 UTF-16 units.
                optional language: String as ShortString;
                /// The limit of sharing the entity, as a colour of the Traffic Light Protocol.
                /// Optional; Cisco's service fills in green unless it is configured otherwise.
                optional tlp: Tlp;
            }
        }

        impl $crate::structure::EntityStructure for $name {
            const ENTITY_TYPE: $crate::entity_type::EntityType = $crate::entity_type::EntityType::$name;

            fn id(&self) -> Option<&EntityId> {
                Some(&self.id)
            }

            fn external_ids(&self) -> &[String] {
                &self.external_ids
            }
        }

        impl AsRef<EntityId> for $name {
            fn as_ref(&self) -> &EntityId {
                &self.id
            }
        }

        impl From<$name> for $new {
            /// Keeps all fields but the schema version, which the service stamps anew.
            fn from(entity: $name) -> Self {
                Self {
                    id: Some(entity.id),
                    r#type: Some($entity_type.to_owned()),
                    schema_version: None,
                    $(
                        $($r: entity.$r,)?
                        $($d: Some(entity.$d),)?
                        $($o: entity.$o,)?
                        $($e: entity.$e,)?
                        $($l: entity.$l,)?
                        $($u: entity.$u,)?
                        $($b: entity.$b.map_into(),)?
                    )*
                    revision: entity.revision,
                    external_ids: entity.external_ids,
                    external_references: entity.external_references,
                    timestamp: entity.timestamp,
                    language: entity.language,
                    tlp: entity.tlp,
                    extra: entity.extra,
                }
            }
        }
    };
}
