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
    /// The degree to which the observable is unique to the asset that it maps to.
    closed Specificity is "Specificity" {
        Low = "Low",
        Medium = "Medium",
        Unique = "Unique",
    }
}

vocabulary! {
    /// The permanence of the link between an asset and an observable.
    closed Stability is "Stability" {
        Managed = "Managed",
        Physical = "Physical",
        Temporary = "Temporary",
    }
}
