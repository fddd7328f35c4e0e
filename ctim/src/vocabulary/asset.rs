//! Vocabularies of assets and asset mappings.

vocabulary! {
    /// Kinds of asset.
    closed AssetType is "AssetType" {
        Application = "application",
        Data = "data",
        Device = "device",
        Network = "network",
        Person = "person",
    }
}

vocabulary! {
    /// How unique the observable is to the asset that it maps to.
    closed Specificity is "Specificity" {
        Low = "Low",
        Medium = "Medium",
        Unique = "Unique",
    }
}

vocabulary! {
    /// How lasting the link between an asset and an observable is.
    closed Stability is "Stability" {
        Managed = "Managed",
        Physical = "Physical",
        Temporary = "Temporary",
    }
}
